//! The Citedy warm-lead contract as a server, for demonstrations and tests.
