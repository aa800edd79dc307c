"use strict";

// Redoc shows its maker's logo from another host, and has no option to leave it out. Here an image from elsewhere gets
// an empty address: nothing is asked for, and Redoc, told of the error, drops the image.
const owned = (address) => (/^(https?:)?\/\//.test(address) && !address.startsWith(`${root.origin}/`) ? "" : address);
const { setAttribute } = Element.prototype;
HTMLImageElement.prototype.setAttribute = function (name, value) {
  setAttribute.call(this, name, name === "src" ? owned(value) : value);
};
const source = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, "src");
Object.defineProperty(HTMLImageElement.prototype, "src", {
  ...source,
  set(value) {
    source.set.call(this, owned(value));
  },
});

const SYSTEM = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
const MONOSPACE = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace';

const OPTIONS = {
  downloadUrls: [{ title: "openapi.json", url: new URL("openapi.json", root).href }],
  scrollYOffset: "header.top",
  hideLoading: true,
  theme: {
    colors: { primary: { main: "#1f4e79" } },
    sidebar: { backgroundColor: "#f6f7f9" },
    rightPanel: { backgroundColor: "#1b2a3a" },
    typography: {
      fontFamily: SYSTEM,
      headings: { fontFamily: SYSTEM },
      code: { fontFamily: MONOSPACE },
    },
  },
};

showDocument(
  (description) =>
    new Promise((done, failed) => {
      Redoc.init(description, OPTIONS, document.getElementById("redoc"), (error) => (error ? failed(error) : done()));
    }),
);
