//! The log and the metrics. Each event becomes one line of the log, and one data point if the deployment has
//! the dataset `METRICS`. Nothing else writes to either.

use std::cell::OnceCell;
use workbot_domain::event::{CorrelationId, Event, Report};
use worker::{AnalyticsEngineDataPointBuilder, AnalyticsEngineDataset, Env};

thread_local! {
    static METRICS: OnceCell<Option<AnalyticsEngineDataset>> = const { OnceCell::new() };
}

/// Sets the dataset for the metrics, if this deployment has one.
pub fn count_in(env: &Env) {
    METRICS.with(|metrics| {
        metrics.get_or_init(|| env.analytics_engine("METRICS").ok());
    });
}

/// Writes an event to the log and to the metrics.
pub fn write(report: &Report<'_>) {
    let line = report.line();
    if report.event.is_error() {
        worker::console_error!("{line}");
    } else {
        worker::console_log!("{line}");
    }
    METRICS.with(|metrics| {
        let Some(Some(dataset)) = metrics.get() else { return };
        let point = report.point();
        let builder = AnalyticsEngineDataPointBuilder::new()
            .indexes([point.index.as_str()])
            .doubles([point.ms])
            .blobs(point.blobs);
        // Metrics are best effort.
        let _ = dataset.write_data_point(&builder.build());
    });
}

/// Writes an event that belongs to no request.
pub fn alone(event: &Event) {
    write(&Report { event, correlation_id: &CorrelationId::default(), tenant: None });
}
