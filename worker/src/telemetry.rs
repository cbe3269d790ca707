//! The log and the metrics. Each event becomes one line of the log, and one data point if the deployment has
//! the dataset `METRICS`. Nothing else writes to either.

use workbot_domain::correlation_id::CorrelationId;
use workbot_domain::log_event::{Event, Report};

use crate::ports_js::{log, measure, measures};

/// Writes an event to the log and to the metrics.
pub fn write(report: &Report<'_>) {
    let line = report.line();
    log(&line, report.event.is_error());
    if measures() {
        let point = report.point(&line);
        // Metrics are best effort.
        let _ = measure(&point.index, point.ms, point.blobs.into());
    }
}

/// Writes an event that belongs to no request.
pub fn alone(event: &Event) {
    write(&Report { event, correlation_id: &CorrelationId::default(), tenant: None });
}
