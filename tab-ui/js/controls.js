// The Fluent components that other pages than the first need.
import "@fluentui/web-components/switch.js";
import "@fluentui/web-components/text-input.js";
