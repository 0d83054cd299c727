//! Lists of companies in, reports out.
