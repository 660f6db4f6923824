//! "Did you mean …?" for names that somebody mistyped.

/// The known name that is most like `typed`, if one is like it at all.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    known
        .into_iter()
        .map(|name| {
            // Somebody who writes the right key in the wrong section is near, too.
            let whole = strsim::normalized_damerau_levenshtein(&typed, name);
            let end = if last(&typed) == last(name) { 0.75 } else { 0.0 };
            (whole.max(end), name)
        })
        .filter(|(likeness, _)| *likeness > 0.55)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expect_the_nearest_or_none() {
        let known = ["discord.token", "discord.token_file", "log.level", "web.listen", "metrics.listen"];
        assert_eq!(nearest("discord.tokne", known), Some("discord.token"));
        assert_eq!(nearest("Discord.Token-File", known), Some("discord.token_file"));
        assert_eq!(nearest("logging.level", known), Some("log.level"));
        assert_eq!(nearest("colour", known), None);
    }
}
