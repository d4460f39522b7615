//! Rust names from Kafka's names.

/// `TopicId` → `topic_id`, `ISRData` → `isr_data`.
pub fn snake_case(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (place, character) in characters.iter().enumerate() {
        let starts_word = character.is_uppercase()
            && place > 0
            && (characters[place - 1].is_lowercase()
                || characters[place - 1].is_ascii_digit()
                || characters
                    .get(place + 1)
                    .is_some_and(|next| next.is_lowercase()));
        if starts_word && !snake.ends_with('_') {
            snake.push('_');
        }
        snake.extend(character.to_lowercase());
    }
    snake
}

/// Name of a field, escaped if it is a Rust keyword.
pub fn field_name(name: &str) -> String {
    let snake = snake_case(name);
    match snake.as_str() {
        "type" | "match" | "ref" | "move" | "where" | "use" | "in" | "as" => format!("r#{snake}"),
        _ => snake,
    }
}

/// `offsetCommit` → `OffsetCommit`.
pub fn type_name(name: &str) -> String {
    let mut characters = name.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_acronyms_too() {
        assert_eq!(snake_case("TopicId"), "topic_id");
        assert_eq!(snake_case("topicID"), "topic_id");
        assert_eq!(snake_case("KRaftVersionRecord"), "k_raft_version_record");
        assert_eq!(field_name("Type"), "r#type");
    }
}
