//! Other companies' results that name a company: what becomes of them is for the user to decide.

use crate::config::Config;
use crate::flow::ports::{QuotingLeads, Store, StoreError};
use crate::lead::CompanyDomain;
use crate::lead::money::grouped;

/// Leads of one kind that are listed by name.
const MOST_NAMED: usize = 200;

/// Tells which they are, those with contact data of the company first.
pub async fn tell(
    store: &dyn Store,
    config: &Config,
    domain: &CompanyDomain,
) -> Result<(), StoreError> {
    let found = store.quoted_by(domain, MOST_NAMED).await?;
    println!(
        "\nResults of other companies that name it, not changed because they are not its own:"
    );
    if found.addresses.count + found.mentions.count == 0 {
        println!("- none");
        return Ok(());
    }
    let address = format!("an e-mail address at {domain}");
    for line in lines(config, &found.addresses, &address) {
        println!("- {line}");
    }
    for line in lines(config, &found.mentions, &domain.to_string()) {
        println!("- {line}");
    }
    println!(
        "Look at their pages. To remove such a result, forget its own company as well, or set \
         WARMSHEET_RETENTION_DAYS, which removes every result after that time."
    );
    Ok(())
}

fn lines(config: &Config, found: &QuotingLeads, what: &str) -> Vec<String> {
    let public = config.server.public_url.as_ref();
    let public = public.map_or("", |url| url.as_str().trim_end_matches('/'));
    let mut lines: Vec<String> = found
        .leads
        .iter()
        .map(|lead| format!("{}: {what} ({public}/leads/{})", lead.domain, lead.id))
        .collect();
    match found.count - lines.len() as u64 {
        0 => {}
        1 => lines.push(format!("1 more: {what}")),
        more => lines.push(format!("{} more: {what}", grouped(more))),
    }
    lines
}
