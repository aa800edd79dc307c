module example.org/roundtable/worked

go 1.23

require example.org/roundtable/client v0.0.0

replace example.org/roundtable/client => ./generated
