import java.io.File;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import roundtable.client.ApiClient;
import roundtable.client.ApiException;
import roundtable.client.ApiResponse;
import roundtable.client.api.ExportsApi;
import roundtable.client.api.ExportsApi.APIExportPanelsCsvRequest;
import roundtable.client.api.ExportsApi.APIExportPanelsJsonlRequest;
import roundtable.client.api.RecommendationsApi;
import roundtable.client.api.RecommendationsApi.APIListRecommendationsRequest;
import roundtable.client.api.ReformsApi;
import roundtable.client.api.SearchApi;
import roundtable.client.api.SearchApi.APIListHitsRequest;
import roundtable.client.model.Problem;
import roundtable.client.model.RecommendationOut;
import roundtable.client.model.RecommendationPage;
import roundtable.client.model.ReformDetailOut;
import roundtable.client.model.SearchPage;

/** Asks the register through a client that openapi-generator generated for Java. */
public class Worked {
    interface Question {
        void ask() throws ApiException;
    }

    /** What is not an answer is thrown; this gives it. */
    static ApiException refusal(Question question) {
        try {
            question.ask();
        } catch (ApiException thrown) {
            return thrown;
        }
        throw new IllegalStateException("there was an answer");
    }

    public static void main(String[] words) throws Exception {
        ApiClient client = new ApiClient();
        client.updateBaseUri(words[0]);
        RecommendationsApi recommendations = new RecommendationsApi(client);

        // A list, page by page: the last page has no cursor.
        List<RecommendationOut> asks = new ArrayList<>();
        int pages = 0;
        String cursor = "";
        while (cursor != null) {
            RecommendationPage page = recommendations.listRecommendations(
                    APIListRecommendationsRequest.newBuilder().target(List.of("embassy")).limit(20).cursor(cursor).build());
            asks.addAll(page.getItems());
            pages += 1;
            cursor = page.getNextCursor();
        }
        System.out.printf("asked of the Embassy: %d on %d pages%n", asks.size(), pages);

        // One record, and the same again only if it has changed. `WithHttpInfo` also gives status and headers.
        String id = asks.get(0).getId();
        ApiResponse<RecommendationOut> first = recommendations.getRecommendationWithHttpInfo(id, null);
        System.out.printf("%s: %s%n", first.getData().getCiteAs(), first.getData().getText());
        String etag = first.getHeaders().entrySet().stream()
                .filter(header -> header.getKey().equalsIgnoreCase("ETag"))
                .findFirst().orElseThrow().getValue().get(0);
        ApiException unchanged = refusal(() -> recommendations.getRecommendation(id, etag));
        System.out.printf("asked again: %d%n", unchanged.getCode());

        // What cannot be answered has a Problem as its body.
        ApiException missing = refusal(() -> recommendations.getRecommendation("07BEIJING7192-R999", null));
        Problem notFound = client.getObjectMapper().readValue(missing.getResponseBody(), Problem.class);
        System.out.printf("no such record: %d %s%n", notFound.getStatus(), notFound.getCode());
        ApiException misspelled = refusal(() -> recommendations.listRecommendations(
                APIListRecommendationsRequest.newBuilder().target(List.of("embasy")).build()));
        Problem refused = client.getObjectMapper().readValue(misspelled.getResponseBody(), Problem.class);
        System.out.printf("no such word: %d %s, %s%n",
                refused.getStatus(), refused.getCode(), refused.getErrors().get(0).getParameter());

        // Where a law stood on a day. The third argument is the day by which it was known, today if left out; the last
        // one an ETag, as above.
        ReformDetailOut reform = new ReformsApi(client).getReform("patent-law", LocalDate.of(2008, 9, 30), null, null);
        System.out.printf("%s on %s: %s%n", reform.getName(), reform.getAsOf(), reform.getStage());

        SearchPage hits = new SearchApi(client).listHits(APIListHitsRequest.newBuilder()
                .q("customs").kind(List.of("recommendation")).limit(1).include(List.of("total")).build());
        System.out.printf("found: %d, first %s%n", hits.getTotal(), hits.getItems().get(0).getId());

        // Whole lists as files, which the client leaves in the folder for temporary ones.
        ExportsApi exports = new ExportsApi(client);
        File table = exports.exportPanelsCsv(
                APIExportPanelsCsvRequest.newBuilder().roundtable(List.of("beijing-2007")).build());
        File lines = exports.exportPanelsJsonl(
                APIExportPanelsJsonlRequest.newBuilder().roundtable(List.of("beijing-2007")).build());
        System.out.printf("files: %d bytes of CSV, %d bytes of JSON Lines%n", table.length(), lines.length());
    }
}
