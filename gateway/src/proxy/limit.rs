//! Requests are counted, and those that are too many refused (RL-1 to RL-9).

use std::borrow::Cow;

use gateway_routing::{Answer, KeyResolver, RequestHead};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::failed::Failed;
use super::walk::{Outcome, Trip, Walk};
use crate::stateful::{Limit, Verdict};
use crate::upstream::RequestBody;

impl<'w> Walk<'w> {
    pub(super) async fn limit(
        &self,
        next: (usize, usize),
        limit: &Limit,
        trip: &mut Trip,
        head: RequestHead<'w>,
        body: RequestBody,
    ) -> Outcome {
        let key = self.key(&limit.rule.key, &head).map(Cow::into_owned);
        let Some(key) = key.filter(|key| !key.is_empty()) else {
            return match limit.rule.empty_key {
                None => self.step(next.0, next.1, trip, head, body).await,
                Some(status) => Err(Failed::refused(Box::new(no_key(status)))),
            };
        };
        let verdict = self.live.state.limiter.take(limit, &key).await;
        let told = told(limit, verdict);
        if !verdict.is_allowed {
            return Err(Failed::refused(Box::new(refusal(limit, verdict, told))));
        }
        let mut outcome = self.step(next.0, next.1, trip, head, body).await;
        match &mut outcome {
            Ok(passed) => passed.response_mut().headers_mut().extend(told),
            Err(failed) => failed.answer.headers.extend(told),
        }
        outcome
    }

    /// Who is counted; `None` if nobody is known (RL-3).
    fn key<'k>(
        &'k self,
        resolver: &KeyResolver,
        head: &'k RequestHead<'_>,
    ) -> Option<Cow<'k, str>> {
        let incident = self.incident;
        match resolver {
            KeyResolver::Principal => incident.principal?.name().map(Cow::Borrowed),
            KeyResolver::Claim(name) => {
                let claim = incident.principal?.claims().get(name.as_str())?;
                let number = || claim.is_number().then(|| claim.to_string().into());
                claim.as_str().map(Cow::Borrowed).or_else(number)
            }
            KeyResolver::RemoteAddr => Some(incident.peer.ip().to_canonical().to_string().into()),
            KeyResolver::Path => Some(incident.path.into()),
            KeyResolver::Host => Some(incident.host.into()),
            KeyResolver::Header(name) => head.headers.get(name)?.to_str().ok().map(Cow::Borrowed),
            KeyResolver::Query(name) => {
                let pairs = incident.query?.split('&');
                let mut pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
                pairs.find(|(own, _)| own == name).map(|(_, value)| value.into())
            }
        }
    }
}

/// Headers that tell what is left (RL-7).
fn told(limit: &Limit, verdict: Verdict) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Some(names) = &limit.rule.headers {
        let mut put = |name: &HeaderName, value: HeaderValue| headers.append(name.clone(), value);
        put(&names.remaining, verdict.left.into());
        put(&names.replenish_rate, limit.bucket.replenish.into());
        put(&names.burst_capacity, limit.bucket.capacity.into());
        put(&names.requested_tokens, limit.bucket.requested.into());
    }
    headers
}

fn refusal(limit: &Limit, verdict: Verdict, told: HeaderMap) -> Answer {
    let mut answer = Answer::new(limit.rule.status, "rate_limited", "too many requests");
    answer.headers = told;
    if let Some(seconds) = verdict.retry_after_s {
        answer.headers.insert(header::RETRY_AFTER, seconds.max(1).into());
    }
    answer
}

fn no_key(status: StatusCode) -> Answer {
    Answer::new(status, "no_rate_limit_key", "nobody is known whom this request counts for")
}
