// Asks the register through a client that openapi-generator generated for Go.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	roundtable "example.org/roundtable/client"
)

// must gives an answer, or ends the program with what went wrong.
func must[Answer any](answer Answer, err error) Answer {
	if err != nil {
		log.Fatal(err)
	}
	return answer
}

// problemOf gives the Problem that an error carries.
func problemOf(err error) roundtable.Problem {
	var refused *roundtable.GenericOpenAPIError
	if errors.As(err, &refused) {
		if problem, ok := refused.Model().(roundtable.Problem); ok {
			return problem
		}
	}
	log.Fatal("not a problem: ", err)
	return roundtable.Problem{}
}

// size counts the bytes of a file that the client left in the folder for temporary ones.
func size(file *os.File) int64 {
	return must(file.Stat()).Size()
}

func main() {
	ctx := context.Background()
	configuration := roundtable.NewConfiguration()
	configuration.Servers = roundtable.ServerConfigurations{{URL: os.Args[1]}}
	client := roundtable.NewAPIClient(configuration)

	// A list, page by page: the last page has no cursor.
	var asks []roundtable.RecommendationOut
	pages := 0
	for cursor := ""; ; {
		page, _, err := client.RecommendationsAPI.ListRecommendations(ctx).
			Target([]string{"embassy"}).Limit(20).Cursor(cursor).Execute()
		if err != nil {
			log.Fatal(err)
		}
		asks = append(asks, page.Items...)
		pages++
		next := page.NextCursor.Get()
		if next == nil {
			break
		}
		cursor = *next
	}
	fmt.Printf("asked of the Embassy: %d on %d pages\n", len(asks), pages)

	// One record, and the same again only if it has changed.
	ask, response, err := client.RecommendationsAPI.GetRecommendation(ctx, asks[0].Id).Execute()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %s\n", ask.CiteAs, ask.Text)
	conditional := roundtable.NewConfiguration()
	conditional.Servers = configuration.Servers
	conditional.AddDefaultHeader("If-None-Match", response.Header.Get("ETag"))
	_, again, _ := roundtable.NewAPIClient(conditional).RecommendationsAPI.GetRecommendation(ctx, ask.Id).Execute()
	fmt.Printf("asked again: %d\n", again.StatusCode)

	// What cannot be answered is an error that carries a Problem.
	_, _, err = client.RecommendationsAPI.GetRecommendation(ctx, "07BEIJING7192-R999").Execute()
	problem := problemOf(err)
	fmt.Printf("no such record: %d %s\n", problem.Status, problem.Code)
	_, _, err = client.RecommendationsAPI.ListRecommendations(ctx).Target([]string{"embasy"}).Execute()
	problem = problemOf(err)
	fmt.Printf("no such word: %d %s, %s\n", problem.Status, problem.Code, *problem.Errors[0].Parameter.Get())

	// Where a law stood on a day.
	reform, _, err := client.ReformsAPI.GetReform(ctx, "patent-law").AsOf("2008-09-30").Execute()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s on %s: %s\n", reform.Name, reform.AsOf, *reform.Stage.Get())

	hits, _, err := client.SearchAPI.ListHits(ctx).
		Q("customs").Kind([]string{"recommendation"}).Limit(1).Include([]string{"total"}).Execute()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("found: %d, first %s\n", *hits.Total.Get(), hits.Items[0].Id)

	// Whole lists as files.
	table, _, err := client.ExportsAPI.ExportPanelsCsv(ctx).Roundtable([]string{"beijing-2007"}).Execute()
	if err != nil {
		log.Fatal(err)
	}
	lines, _, err := client.ExportsAPI.ExportPanelsJsonl(ctx).Roundtable([]string{"beijing-2007"}).Execute()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("files: %d bytes of CSV, %d bytes of JSON Lines\n", size(table), size(lines))
}
