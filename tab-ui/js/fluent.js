// Fluent's components. They come after the first paint: until then `style.css` gives their elements the same size.
import "@fluentui/web-components/anchor-button.js";
import "@fluentui/web-components/badge.js";
import "@fluentui/web-components/button.js";
import "@fluentui/web-components/counter-badge.js";
import "@fluentui/web-components/dialog-body.js";
import "@fluentui/web-components/dialog.js";
import "@fluentui/web-components/drawer-body.js";
import "@fluentui/web-components/drawer.js";
import "@fluentui/web-components/message-bar.js";
import "@fluentui/web-components/switch.js";
import "@fluentui/web-components/tab.js";
import "@fluentui/web-components/tablist.js";
import "@fluentui/web-components/text-input.js";
