use super::*;

fn flat(text: &str) -> Vec<Vec<(String, String, usize)>> {
    read("f.yml", text)
        .unwrap()
        .into_iter()
        .map(|document| {
            document
                .into_iter()
                .map(|property| {
                    let Origin::File { line, .. } = property.origin else { panic!("not a file") };
                    (property.name, property.value, line)
                })
                .collect()
        })
        .collect()
}

fn refusal(text: &str) -> String {
    read("f.yml", text).unwrap_err().to_string()
}

fn row(name: &str, value: &str, line: usize) -> (String, String, usize) {
    (name.to_owned(), value.to_owned(), line)
}

#[test]
fn maps_and_lists_are_flattened_with_the_line_of_the_key() {
    let text = "\
# a comment
server:
  port: 8_761

eureka:
  client.service-url:
    defaultZone: >-
      http://a/eureka/,
      http://b/eureka/
  list: [x, 'y: z']
  \"[a.b]\": 1
  none: ~
  empty: {}
  quoted: \"null\"
";

    assert_eq!(
        flat(text),
        [[
            row("server.port", "8761", 3),
            row("eureka.client.service-url.defaultZone", "http://a/eureka/, http://b/eureka/", 7),
            row("eureka.list[0]", "x", 10),
            row("eureka.list[1]", "y: z", 10),
            row("eureka[a.b]", "1", 11),
            row("eureka.none", "", 12),
            row("eureka.empty", "", 13),
            row("eureka.quoted", "null", 14),
        ]]
    );
}

#[test]
fn documents_stay_apart() {
    let documents = flat("a: 1\n---\nb: 2\n---\n# nothing\n---\nc: 3\n");

    let names: Vec<Vec<&str>> = documents
        .iter()
        .map(|document| document.iter().map(|(name, ..)| name.as_str()).collect())
        .collect();
    assert_eq!(names, [vec!["a"], vec!["b"], vec![], vec!["c"]]);
}

#[test]
fn anchors_and_merge_keys_expand_and_own_keys_win() {
    let text = "base: &b {x: 1, y: 2}\nother:\n  <<: *b\n  x: 9\nsame: *b\n";

    assert_eq!(
        flat(text)[0][2..],
        [
            row("other.x", "9", 4),
            row("other.y", "2", 1),
            row("same.x", "1", 1),
            row("same.y", "2", 1),
        ]
    );
}

#[test]
fn an_empty_file_has_no_properties() {
    assert_eq!(flat("").concat(), []);
    assert_eq!(flat("# only a comment\n").concat(), []);
}

#[test]
fn faults_name_file_and_line() {
    for (text, place) in [
        ("a: 1\nb: [1, 2\n", "f.yml:"),
        ("a: 1\na: 2\n", "f.yml:2: a is given twice"),
        ("a:\n\tb: 1\n", "f.yml:2: not valid YAML"),
        ("a: 1\n? [x]\n: 2\n", "f.yml:2: a key must be a plain text"),
        ("just words\n", "f.yml:1: a configuration file holds"),
        ("a: &x\n  b: *x\n", "f.yml:2: an alias of something around it"),
        ("a:\n  <<: 5\n", "f.yml:2: `<<` takes a map"),
        ("a: \"\\q\"\n", "f.yml:1: not valid YAML"),
    ] {
        let refusal = refusal(text);
        assert!(refusal.starts_with(place), "{text:?} gave {refusal}");
    }
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let before = level - 1;
        let items = vec![format!("*a{before}"); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }

    assert!(refusal(&text).contains("once aliases are expanded"));
}

#[test]
fn large_texts_repeated_by_aliases_are_refused() {
    let items = vec!["*a"; 100].join(", ");
    let text = format!("a: &a {}\nb: [{items}]\n", "x".repeat(200_000));

    assert!(refusal(&text).contains("once aliases are expanded"));
}

#[test]
fn deep_nesting_is_refused() {
    let text = format!("a: {}{}\n", "[".repeat(60), "]".repeat(60));

    assert!(refusal(&text).contains("nested more than 32 levels"));
}
