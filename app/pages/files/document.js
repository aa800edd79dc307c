"use strict";

// The folder that this page is in is the root of the service, whatever prefix a proxy puts before it.
const root = new URL(".", document.baseURI);

/** The OpenAPI document. It names no server, since it cannot know the prefix; this page does. */
async function fetchDocument() {
  const answer = await fetch(new URL("openapi.json", root));
  if (!answer.ok) {
    throw new Error(`openapi.json answered ${answer.status}`);
  }
  const description = await answer.json();
  description.servers = [{ url: root.href.replace(/\/$/, "") }];
  return description;
}

/** Shows the document by `show`, or says what is wrong. */
function showDocument(show) {
  const state = document.getElementById("state");
  fetchDocument()
    .then(show)
    .then(
      () => state.remove(),
      (error) => {
        state.textContent = `The interface cannot be shown: ${error.message}. Load the page again.`;
      },
    );
}
