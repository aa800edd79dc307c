// Asks the register through a client that @hey-api/openapi-ts generated.

import { client } from './generated/client.gen.js';
import {
  exportPanelsCsv,
  exportPanelsJsonl,
  getRecommendation,
  getReform,
  listHits,
  listRecommendations,
  type Problem,
  type RecommendationOut,
  type RecommendationPage,
} from './generated/index.js';

client.setConfig({ baseUrl: process.argv[2] });

// A list, page by page: the last page has no cursor. With `throwOnError`, a problem is thrown.
const asks: RecommendationOut[] = [];
let pages = 0;
let cursor: string | null = '';
while (cursor !== null) {
  const query = { target: ['embassy'], limit: 20, cursor };
  const page: RecommendationPage = (await listRecommendations({ query, throwOnError: true })).data;
  asks.push(...page.items);
  pages += 1;
  cursor = page.next_cursor;
}
console.log(`asked of the Embassy: ${asks.length} on ${pages} pages`);

// One record, and the same again only if it has changed.
const path = { recommendation_id: asks[0].id };
const first = await getRecommendation({ path, throwOnError: true });
console.log(`${first.data.cite_as}: ${first.data.text}`);
const etag = first.response.headers.get('ETag') ?? undefined;
const again = await getRecommendation({ path, headers: { 'If-None-Match': etag } });
console.log(`asked again: ${again.response?.status}`);

// What cannot be answered is in `error`, as a Problem.
const missing = await getRecommendation({ path: { recommendation_id: '07BEIJING7192-R999' } });
const notFound: Problem | undefined = missing.error;
console.log(`no such record: ${notFound?.status} ${notFound?.code}`);
const misspelled = await listRecommendations({ query: { target: ['embasy'] } });
const refused: Problem | undefined = misspelled.error;
console.log(`no such word: ${refused?.status} ${refused?.code}, ${refused?.errors[0].parameter}`);

// Where a law stood on a day.
const reform = await getReform({ path: { slug: 'patent-law' }, query: { as_of: '2008-09-30' }, throwOnError: true });
console.log(`${reform.data.name} on ${reform.data.as_of}: ${reform.data.stage}`);

const query = { q: 'customs', kind: ['recommendation'], limit: 1, include: ['total'] };
const hits = await listHits({ query, throwOnError: true });
console.log(`found: ${hits.data.total}, first ${hits.data.items[0].id}`);

// Whole lists as files. `parseAs` says so: left to itself, the client reads JSON Lines as one JSON value, and fails.
const files = { query: { roundtable: ['beijing-2007'] }, parseAs: 'blob' as const, throwOnError: true as const };
const { data: table } = await exportPanelsCsv(files);
const { data: lines } = await exportPanelsJsonl(files);
console.log(`files: ${table.size} bytes of CSV, ${lines.size} bytes of JSON Lines`);
