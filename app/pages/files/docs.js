"use strict";

showDocument((description) => {
  SwaggerUIBundle({
    spec: description,
    dom_id: "#swagger-ui",
    deepLinking: true,
    displayRequestDuration: true,
    defaultModelsExpandDepth: 0,
    // Its default is a validator on another host.
    validatorUrl: null,
  });
});
