//! What crosses the wire between the worker and the tab.
