//! Reports: every event becomes one line of the log and, where the deployment has the dataset `METRICS`, one data point.
//! Nothing else writes to either.

use std::cell::OnceCell;
use workbot_domain::event::{CorrelationId, Event, Report};
use worker::{AnalyticsEngineDataPointBuilder, AnalyticsEngineDataset, Env};

thread_local! {
    static METRICS: OnceCell<Option<AnalyticsEngineDataset>> = const { OnceCell::new() };
}

/// Counts in this deployment's dataset, if it has one.
pub fn count_in(env: &Env) {
    METRICS.with(|metrics| {
        metrics.get_or_init(|| env.analytics_engine("METRICS").ok());
    });
}

/// Writes a report down.
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
        // Counting is a courtesy.
        let _ = dataset.write_data_point(&builder.build());
    });
}

/// Reports an event that no request stands behind.
pub fn alone(event: &Event) {
    write(&Report { event, correlation_id: &CorrelationId::default(), tenant: None });
}
