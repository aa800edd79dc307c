// Asks the register through a client that openapi-generator generated for TypeScript.

import {
  Configuration,
  ExportsApi,
  ProblemFromJSON,
  RecommendationsApi,
  ReformsApi,
  ResponseError,
  SearchApi,
  type Problem,
  type RecommendationOut,
} from './generated/index.js';

const configuration = new Configuration({ basePath: process.argv[2] });
const recommendations = new RecommendationsApi(configuration);

// A list, page by page: the last page has no cursor.
const asks: RecommendationOut[] = [];
let pages = 0;
let cursor: string | null = '';
while (cursor !== null) {
  const page = await recommendations.listRecommendations({ target: ['embassy'], limit: 20, cursor });
  asks.push(...page.items);
  pages += 1;
  cursor = page.nextCursor;
}
console.log(`asked of the Embassy: ${asks.length} on ${pages} pages`);

// What is not an answer is thrown; this gives the response.
async function refusal(asked: Promise<unknown>): Promise<Response> {
  try {
    await asked;
  } catch (thrown) {
    if (thrown instanceof ResponseError) return thrown.response;
    throw thrown;
  }
  throw new Error('there was an answer');
}

async function problem(asked: Promise<unknown>): Promise<Problem> {
  return ProblemFromJSON(await (await refusal(asked)).json());
}

// One record, and the same again only if it has changed. `Raw` also gives status and headers.
const recommendationId = asks[0].id;
const first = await recommendations.getRecommendationRaw({ recommendationId });
const ask = await first.value();
console.log(`${ask.citeAs}: ${ask.text}`);
const headers = { 'If-None-Match': first.raw.headers.get('ETag') ?? '' };
console.log(`asked again: ${(await refusal(recommendations.getRecommendation({ recommendationId }, { headers }))).status}`);

// What cannot be answered is a Problem.
const notFound = await problem(recommendations.getRecommendation({ recommendationId: '07BEIJING7192-R999' }));
console.log(`no such record: ${notFound.status} ${notFound.code}`);
const refused = await problem(recommendations.listRecommendations({ target: ['embasy'] }));
console.log(`no such word: ${refused.status} ${refused.code}, ${refused.errors[0].parameter}`);

// Where a law stood on a day. The client sends the day of a local time, and reads one so too.
const day = (date: Date) => [date.getFullYear(), date.getMonth() + 1, date.getDate()];
const reform = await new ReformsApi(configuration).getReform({ slug: 'patent-law', asOf: new Date(2008, 8, 30) });
const printed = day(reform.asOf).map((part) => String(part).padStart(2, '0')).join('-');
console.log(`${reform.name} on ${printed}: ${reform.stage}`);

const search = { q: 'customs', kind: ['recommendation'], limit: 1, include: ['total'] };
const hits = await new SearchApi(configuration).listHits(search);
console.log(`found: ${hits.total}, first ${hits.items[0].id}`);

// Whole lists as files.
const table = await new ExportsApi(configuration).exportPanelsCsv({ roundtable: ['beijing-2007'] });
const lines = await new ExportsApi(configuration).exportPanelsJsonl({ roundtable: ['beijing-2007'] });
console.log(`files: ${table.size} bytes of CSV, ${lines.size} bytes of JSON Lines`);
