//! The Citedy API as a client sees it.
