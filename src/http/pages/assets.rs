//! Style sheet, script and icon, compiled in. Their addresses carry a hash of their contents,
//! so browsers keep them for ever and a new version is fetched at once.

use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::web::{Path, Query};
use actix_web::{HttpResponse, get};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{PageError, Problem};

struct Asset {
    name: &'static str,
    content_type: &'static str,
    body: &'static str,
}

static STYLE: Asset = Asset {
    name: "style.css",
    content_type: "text/css; charset=utf-8",
    body: include_str!("assets/style.css"),
};
static SCRIPT: Asset = Asset {
    name: "live.js",
    content_type: "text/javascript; charset=utf-8",
    body: include_str!("assets/live.js"),
};
static ICON: Asset = Asset {
    name: "icon.svg",
    content_type: "image/svg+xml",
    body: include_str!("assets/icon.svg"),
};

impl Asset {
    fn version(&self) -> String {
        hex::encode(&Sha256::digest(self.body.as_bytes())[..6])
    }

    fn link(&self) -> String {
        format!("/assets/{}?v={}", self.name, self.version())
    }
}

/// The addresses that pages refer to.
pub struct Links {
    pub style: String,
    pub script: String,
    pub icon: String,
}

static LINKS: LazyLock<Links> = LazyLock::new(|| Links {
    style: STYLE.link(),
    script: SCRIPT.link(),
    icon: ICON.link(),
});

pub fn links() -> &'static Links {
    &LINKS
}

#[derive(Deserialize)]
struct Version {
    #[serde(default)]
    v: String,
}

#[get("/assets/{name}")]
pub async fn asset(name: Path<String>, asked: Query<Version>) -> Result<HttpResponse, PageError> {
    let name = name.into_inner();
    let asset = [&STYLE, &SCRIPT, &ICON]
        .into_iter()
        .find(|asset| asset.name == name)
        .ok_or_else(|| Problem::NotFound(format!("file {name}")))?;
    // While two versions are deployed, the other one's address must not stick to this content.
    let keep = if asked.v == asset.version() {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    Ok(HttpResponse::Ok()
        .content_type(asset.content_type)
        .insert_header((header::CACHE_CONTROL, keep))
        .body(asset.body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_an_address_that_changes_with_its_contents() {
        let changed = Asset {
            body: "other",
            ..STYLE
        };
        assert_ne!(changed.link(), STYLE.link());
        assert!(links().style.starts_with("/assets/style.css?v="));
    }
}
