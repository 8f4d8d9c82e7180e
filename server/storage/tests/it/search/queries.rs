//! What queries find, in which order, and how it divides.

use vasari_storage::{
    captions::Status,
    images::Neighbours,
    search::{SearchCursor, SearchError, SearchRequest, Sort},
};

use super::*;

/// A picture's name, its size, and what sources say of it.
type Pictured<'a> = (&'a str, (i32, i32), &'a [(Uuid, &'a str, Option<f32>)]);

/// Pictures with everything that queries tell apart.
async fn gallery() -> Searched {
    let searched = Searched::start().await;
    let database = searched.database();
    let florence = source_in(database, "birds", "florence", Some("<MORE_DETAILED_CAPTION>")).await;
    let human = source(database, "human").await;
    let status = source(database, "status").await;
    let pictures: [Pictured<'_>; 6] = [
        ("a.jpg", (640, 480), &[(florence, "a dog beside a red car", Some(0.9)), (human, "A small animal", None)]),
        ("b.jpg", (480, 640), &[(florence, "a red dog", Some(0.25)), (human, "the dog", None)]),
        ("c.jpg", (512, 512), &[(human, "a car beside a red house", None)]),
        ("img_d-12.png", (2000, 1000), &[(florence, "walking; two WALKERS, größer", Some(0.5))]),
        ("empty.png", (4, 4), &[(status, "…", None)]),
        ("none.png", (4, 5), &[]),
    ];
    for (name, (width, height), captions) in pictures {
        let image = image_in(database, "birds", name, width, height).await;
        for (source, text, sure) in captions {
            let written = caption(database, &image, *source, text, *sure).await;
            if name == "b.jpg" && *source == human {
                let now = OffsetDateTime::now_utc();
                database.set_caption_status(&OPERATOR, written.id, 1, Status::Approved, now).await.unwrap();
            }
        }
    }
    // Nothing of another dataset is ever found.
    dataset(database, "other").await;
    let other = source_in(database, "other", "florence", Some("<CAPTION>")).await;
    let foreign = image_in(database, "other", "dog.jpg", 640, 480).await;
    caption(database, &foreign, other, "a dog and a red car", Some(0.1)).await;
    let all = ["a.jpg", "b.jpg", "c.jpg", "empty.png", "img_d-12.png", "none.png"];
    searched.wait_for("status:approved", &["b.jpg"]).await;
    searched.wait_for("", &all).await;
    searched
}

#[tokio::test]
async fn queries_find_pictures_by_all_their_captions() {
    let searched = gallery().await;
    let cases: &[(&str, &[&str])] = &[
        ("dog", &["a.jpg", "b.jpg"]),
        ("DOG Car", &["a.jpg"]),
        ("dog OR house", &["a.jpg", "b.jpg", "c.jpg"]),
        ("dog -car", &["b.jpg"]),
        ("-dog -walk*", &["c.jpg", "empty.png", "none.png"]),
        ("dog OR -red", &["a.jpg", "b.jpg", "empty.png", "img_d-12.png", "none.png"]),
        ("dog animal", &["a.jpg"]),
        // Two captions of one picture.
        ("florence:dog NOT human:dog", &["a.jpg"]),
        ("florence:dog human:dog", &["b.jpg"]),
        ("human:(animal OR house)", &["a.jpg", "c.jpg"]),
        ("human:(-dog)", &["a.jpg", "c.jpg", "empty.png", "img_d-12.png", "none.png"]),
        ("\"red car\"", &["a.jpg"]),
        ("\"car red\"", &[]),
        // Not across captions: one ends with dog, another begins with the.
        ("\"dog the\" OR \"car a\"", &[]),
        ("\"red dog\"", &["b.jpg"]),
        ("walk*", &["img_d-12.png"]),
        ("größer GRÖ*", &["img_d-12.png"]),
        ("größe", &[]),
        ("name:img", &["img_d-12.png"]),
        ("name:img* OR name:jpg -dog", &["c.jpg", "img_d-12.png"]),
        ("name:\"d 12\"", &["img_d-12.png"]),
        ("name:(jpg -a)", &["b.jpg", "c.jpg"]),
        ("name:dog", &[]),
        ("has:florence", &["a.jpg", "b.jpg", "img_d-12.png"]),
        ("missing:human", &["empty.png", "img_d-12.png", "none.png"]),
        ("missing:nobody dog", &["a.jpg", "b.jpg"]),
        ("has:nobody", &[]),
        ("is:empty", &["empty.png", "none.png"]),
        ("is:captioned -dog", &["c.jpg", "img_d-12.png"]),
        ("is:disputed", &["b.jpg"]),
        ("is:landscape", &["a.jpg", "img_d-12.png"]),
        ("is:portrait", &["b.jpg", "none.png"]),
        ("is:square", &["c.jpg", "empty.png"]),
        ("status:approved", &["b.jpg"]),
        ("florence:(status:approved)", &[]),
        ("human:(dog status:approved)", &["b.jpg"]),
        ("task:more_detailed_caption", &["a.jpg", "b.jpg", "img_d-12.png"]),
        ("task:caption", &[]),
        ("words:6", &["a.jpg", "c.jpg"]),
        ("words:1..4", &["b.jpg", "img_d-12.png"]),
        ("words:<1", &["empty.png", "none.png"]),
        ("width:>=640 height:<=480", &["a.jpg"]),
        ("megapixels:>=2", &["img_d-12.png"]),
        ("confidence:<0.5", &["b.jpg"]),
        ("confidence:0.5..0.9", &["a.jpg", "img_d-12.png"]),
        ("added:<2020", &[]),
        ("added:>=2020 updated:>2020-01-01 dog", &["a.jpg", "b.jpg"]),
        ("\"status\":nothing", &[]),
    ];
    for (query, names) in cases {
        assert_eq!(searched.names(query).await, *names, "{query}");
    }
    searched.end().await;
}

#[tokio::test]
async fn names_that_are_not_there_are_refused_with_those_that_are() {
    let searched = gallery().await;
    let scope = searched.scope().await;
    let request = SearchRequest { query: query("dog florense:cat"), limit: 1, ..SearchRequest::default() };
    let Err(SearchError::Query(error)) = searched.index.search(&scope, &request).await else {
        panic!("it is no source")
    };
    assert_eq!((error.position, error.length), (4, 8));
    for hint in ["Did you mean florence?", "human", "megapixels"] {
        assert!(error.message.contains(hint), "{error}");
    }
    // A stranger has nowhere to search, and sees nothing of what somebody else found.
    let stranger = dataset(searched.database(), "theirs").await;
    let database = searched.database();
    assert!(database.search_scope(&stranger, "birds").await.unwrap().is_none());
    let found = searched.index.search(&scope, &SearchRequest { limit: 9, ..SearchRequest::default() }).await.unwrap();
    assert!(database.search_scope_of(&stranger, found.ids[0]).await.unwrap().is_none());
    assert_eq!(database.find_images(&stranger, &found.ids).await.unwrap(), []);
    assert_eq!(database.captions_of_images(&stranger, &found.ids, &[]).await.unwrap(), []);
    assert_eq!(database.captions_of_images(&OPERATOR, &found.ids, &["status".into()]).await.unwrap().len(), 1);
    searched.end().await;
}

#[tokio::test]
async fn pages_of_every_order_are_one_listing() {
    let searched = Searched::start().await;
    let database = searched.database();
    let first = source(database, "first").await;
    for number in 0..40_usize {
        let image = image(database, &format!("{}-{number}.png", number * 7 % 10)).await;
        let text = format!("{}bird", "a ".repeat(number % 5));
        let sure = (number % 3 > 0).then_some((number % 4) as f32 / 4.0);
        caption(database, &image, first, &text, sure).await;
        // Segments of their own, so that pages are put together.
        if number % 9 == 8 {
            searched.wait_for(&format!("name:\"{number} png\""), &[&image.file_name]).await;
        }
    }
    let scope = searched.scope().await;
    searched.wait_for("name:39", &["3-39.png"]).await;
    for sort in [
        "relevance",
        "name",
        "-name",
        "added",
        "-added",
        "updated",
        "-updated",
        "confidence",
        "-confidence",
        "length",
        "-length",
    ] {
        let sort: Sort = sort.parse().unwrap();
        let query = query("bird OR zebra");
        let request =
            |after: Option<SearchCursor>, limit| SearchRequest { query: query.clone(), sort: Some(sort), after, limit };
        let whole = searched.index.search(&scope, &request(None, 1000)).await.unwrap();
        assert_eq!((whole.ids.len(), whole.total, whole.next.is_none()), (40, 40, true), "{sort}");
        let (mut paged, mut after) = (vec![], None);
        loop {
            let page = searched.index.search(&scope, &request(after.take(), 7)).await.unwrap();
            assert_eq!(page.total, 40);
            paged.extend(page.ids);
            // As clients send it back.
            let Some(next) = page.next else { break };
            after = Some(next.to_string().parse().unwrap());
        }
        assert_eq!(paged, whole.ids, "{sort}");
        for (place, id) in paged.iter().enumerate() {
            let beside = searched.index.neighbours(&scope, &query, Some(sort), *id).await.unwrap();
            let previous = place.checked_sub(1).map(|before| paged[before]);
            assert_eq!(beside, Neighbours { previous, next: paged.get(place + 1).copied() }, "{sort} {place}");
        }
        let images = database.find_images(&OPERATOR, &paged).await.unwrap();
        let mut sorted = images.clone();
        match sort.to_string().as_str() {
            "name" => sorted.sort_by(|a, b| a.file_name.cmp(&b.file_name)),
            "-name" => sorted.sort_by(|a, b| b.file_name.cmp(&a.file_name)),
            "added" => sorted.sort_by_key(|image| image.id),
            "-added" => sorted.sort_by_key(|image| std::cmp::Reverse(image.id)),
            _ => continue,
        }
        assert_eq!(images, sorted, "{sort}");
    }
    let (mut all, mut after) = (Vec::<Uuid>::new(), None);
    loop {
        let ids = searched.index.matching_image_ids(&scope, &query("bird zebra"), after, 9).await.unwrap();
        assert!(ids.is_empty(), "both words");
        let ids = searched.index.matching_image_ids(&scope, &query("bird"), after, 9).await.unwrap();
        after = ids.last().copied();
        if ids.is_empty() {
            break;
        }
        all.extend(ids);
    }
    assert!(all.len() == 40 && all.is_sorted(), "{all:?}");
    searched.end().await;
}

#[tokio::test]
async fn orders_are_what_they_are_called() {
    let searched = gallery().await;
    let scope = searched.scope().await;
    for (text, sort, names) in [
        ("", "confidence", "b img_d-12 a c empty none"),
        ("", "-confidence", "a img_d-12 b none empty c"),
        ("is:captioned", "-length", "c a img_d-12 b"),
        ("is:captioned", "length", "b img_d-12 a c"),
        // Shorter captions fit better.
        ("dog", "relevance", "b a"),
    ] {
        let request =
            SearchRequest { query: query(text), sort: sort.parse().ok(), limit: 10, ..SearchRequest::default() };
        let found = searched.index.search(&scope, &request).await.unwrap();
        let images = searched.database().find_images(&OPERATOR, &found.ids).await.unwrap();
        let found: Vec<_> = images.iter().map(|image| image.file_name.split('.').next().unwrap()).collect();
        assert_eq!(found.join(" "), names, "{text} by {sort}");
    }
    // A picture that does not fit has neighbours by its place.
    let ids = searched.index.matching_image_ids(&scope, &query(""), None, 10).await.unwrap();
    let beside = searched.index.neighbours(&scope, &query("is:landscape"), None, ids[2]).await.unwrap();
    assert_eq!(beside, Neighbours { previous: Some(ids[0]), next: Some(ids[3]) });
    let unknown = searched.index.neighbours(&scope, &query(""), None, Uuid::now_v7()).await.unwrap();
    assert_eq!(unknown, Neighbours { previous: None, next: None });
    searched.end().await;
}

#[tokio::test]
async fn facets_count_what_their_filters_find() {
    let searched = gallery().await;
    let scope = searched.scope().await;
    for text in ["", "dog OR red", "is:empty", "-florence:dog", "nothing"] {
        let base = query(text);
        let facets = searched.index.facets(&scope, &base).await.unwrap();
        let find = async |filter: &str| {
            let request =
                SearchRequest { query: base.clone().and(query(filter)), limit: 1, ..SearchRequest::default() };
            searched.index.search(&scope, &request).await.unwrap().total
        };
        assert_eq!(facets.total, find("").await, "{text}");
        let names: Vec<_> = facets.facets.iter().map(|facet| facet.name).collect();
        assert_eq!(names, ["source", "task", "status", "words", "megapixels", "is", "added"]);
        for facet in &facets.facets {
            for value in &facet.values {
                assert_eq!(value.count, find(&value.filter).await, "{text}: {value:?}");
            }
            if matches!(facet.name, "words" | "megapixels" | "added") {
                let sum: u64 = facet.values.iter().map(|value| value.count).sum();
                assert_eq!(sum, facets.total, "{text}: each picture counts once by {}", facet.name);
            }
        }
        if text.is_empty() {
            let told = |name: &str| {
                let facet = facets.facets.iter().find(|facet| facet.name == name).unwrap();
                facet
                    .values
                    .iter()
                    .map(|value| format!("{}={}", value.value, value.count))
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            assert_eq!(told("source"), "florence=3 human=3 status=1");
            assert_eq!(told("task"), "more_detailed_caption=3");
            assert_eq!(told("status"), "draft=5 approved=1");
            assert_eq!(told("words"), "0=2 1..4=2 5..9=2");
        }
    }
    searched.end().await;
}
