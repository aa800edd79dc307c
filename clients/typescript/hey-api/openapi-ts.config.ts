import { defineConfig } from '@hey-api/openapi-ts';

export default defineConfig({
  input: '../../../docs/openapi.json',
  output: { path: 'generated', module: { extension: '.js' } },
});
