//! From events and spans to finished lines.

use std::fmt;

use tracing::span::{Attributes, Id, Record as SpanRecord};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::fields::Fields;
use super::form::{Form, Record};
use crate::clock::Clock;

type Sink = Box<dyn Fn(&str) + Send + Sync>;

/// Turns events into lines and gives them to a sink.
pub(super) struct Lines {
    form: Form,
    service: String,
    clock: Clock,
    sink: Sink,
}

impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines").field("form", &self.form).finish_non_exhaustive()
    }
}

impl Lines {
    pub(super) const fn new(form: Form, service: String, clock: Clock, sink: Sink) -> Self {
        Self { form, service, clock, sink }
    }
}

impl<S> Layer<S> for Lines
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &SpanRecord<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(outer) = span.extensions().get::<Fields>() {
                for (name, value) in &outer.values {
                    // The inner value of a name is the closer one.
                    if !fields.values.iter().any(|(known, _)| known == name) {
                        fields.values.push((name, value.clone()));
                    }
                }
            }
        }
        let thread = std::thread::current();
        let line = self.form.line(&Record {
            wall_ms: self.clock.wall_ms(),
            level: *event.metadata().level(),
            target: event.metadata().target(),
            thread: thread.name().unwrap_or_default(),
            service: &self.service,
            message: &fields.message,
            fields: &fields.values,
        });
        (self.sink)(&line);
    }
}
