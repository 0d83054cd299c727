use std::io;
use std::path::Path;

/// Databases find leads by the path of their list, and what an index holds is limited.
const LONGEST_PATH: usize = 2000;

/// Whether a path is short enough to know leads by.
pub fn check_path_length(path: &Path) -> io::Result<()> {
    let length = path.as_os_str().len();
    if length <= LONGEST_PATH {
        return Ok(());
    }
    let problem = format!("the path has {length} bytes, at most {LONGEST_PATH} are possible");
    Err(io::Error::new(io::ErrorKind::InvalidFilename, problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_path_that_no_index_could_hold_is_too_long() {
        assert!(check_path_length(Path::new(&"x".repeat(2000))).is_ok());
        let refused = check_path_length(Path::new(&"x".repeat(2001)));
        let problem = refused.expect_err("too long").to_string();
        assert!(problem.contains("2001 bytes"), "{problem}");
    }
}
