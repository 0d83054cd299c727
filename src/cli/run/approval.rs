use crate::cli::confirm::{Answer, confirm};
use crate::flow::ports::LeadFilter;
use crate::flow::reuse::reusable;
use crate::flow::{Flow, decide};
use crate::lead::money::price_besides;
use crate::lead::{Decision, Status};

/// Whether any of these rows waits for a person.
pub async fn is_needed(flow: &Flow, filter: &LeadFilter) -> anyhow::Result<bool> {
    let counts = flow.store.counts(filter).await?;
    Ok(counts
        .iter()
        .any(|(status, leads)| *status == Status::Held && *leads > 0))
}

/// Approves what is held, with `--yes` or a yes on the terminal. `false`: it stays held.
pub async fn approve_held(flow: &Flow, filter: &LeadFilter, yes: bool) -> anyhow::Result<bool> {
    let held = held_leads(flow, filter).await?;
    if held.is_empty() {
        return Ok(true);
    }
    let reused = reusable(flow, &only_held(filter)).await?;
    let price = price_besides(held.len() as u64, reused);
    if !yes && !asked(&price)? {
        return Ok(false);
    }
    for id in &held {
        decide::lead(flow, id, Decision::Approve, false).await?;
    }
    Ok(true)
}

fn only_held(filter: &LeadFilter) -> LeadFilter {
    LeadFilter {
        status: Some(Status::Held),
        ..filter.clone()
    }
}

async fn held_leads(flow: &Flow, filter: &LeadFilter) -> anyhow::Result<Vec<crate::lead::LeadId>> {
    let held = only_held(filter);
    let mut ids = Vec::new();
    let mut after = 0;
    loop {
        let page = flow.store.oldest_leads(&held, after, 1000).await?;
        let Some(last) = page.last() else {
            return Ok(ids);
        };
        after = last.seq;
        ids.extend(page.into_iter().map(|lead| lead.id));
    }
}

fn asked(price: &str) -> std::io::Result<bool> {
    let answer = confirm(&format!("{price}. Start?"))?;
    match answer {
        Answer::Yes => {}
        Answer::No => eprintln!(
            "Nothing was started. The rows are stored and held; call again to be asked again."
        ),
        Answer::Nobody => eprintln!(
            "This needs approval: {price}. Nothing was started; the rows are stored and held. \
             Call again with --yes to start them."
        ),
    }
    Ok(answer == Answer::Yes)
}
