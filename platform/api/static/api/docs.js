// The page that shows the schema. Nothing of it comes from, or goes to, another site.
SwaggerUIBundle({
  url: document.currentScript.dataset.schema,
  dom_id: "#docs",
  deepLinking: true,
  validatorUrl: null,
});
