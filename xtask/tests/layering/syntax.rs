//! What a stretch of Rust names: paths, words, methods. Read from its tokens, those of macros included.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{Attribute, ItemUse, UseTree};

/// A path as it is written: `["crate", "time", "Timestamp"]`.
pub type Path = Vec<String>;

/// What is named, and the line where it is first.
#[derive(Default)]
pub struct Named {
    /// Paths of two segments and more.
    pub paths: BTreeMap<Path, usize>,
    /// Words that stand alone or begin a path.
    pub words: BTreeMap<String, usize>,
    /// Methods that are called, and the word before.
    pub methods: BTreeMap<(String, Option<String>), usize>,
    /// The types that words are given: `ctx: &VaultCtx`.
    pub typed: BTreeMap<String, BTreeSet<Path>>,
}

/// One name that a `use` brings in. `*` brings in all of a module.
pub struct Import {
    pub name: String,
    pub path: Path,
    pub line: usize,
    /// Whether it only shows the name to others.
    pub shown: bool,
}

/// The names of a `use`.
pub fn imports(item: &ItemUse) -> Vec<Import> {
    let mut found = Vec::new();
    let line = item.use_token.span.start().line;
    let shown = !matches!(item.vis, syn::Visibility::Inherited);
    flatten(&item.tree, &mut Vec::new(), &mut |name, path| {
        found.push(Import { name, path, line, shown });
    });
    found
}

fn flatten(tree: &UseTree, above: &mut Path, found: &mut impl FnMut(String, Path)) {
    match tree {
        UseTree::Path(path) => {
            above.push(path.ident.to_string());
            flatten(&path.tree, above, found);
            above.pop();
        }
        UseTree::Name(name) if name.ident == "self" => {
            found(above.last().cloned().unwrap_or_default(), above.clone());
        }
        UseTree::Name(name) => found(name.ident.to_string(), joined(above, &name.ident)),
        UseTree::Rename(rename) if rename.ident == "self" => found(rename.rename.to_string(), above.clone()),
        UseTree::Rename(rename) => found(rename.rename.to_string(), joined(above, &rename.ident)),
        UseTree::Glob(_) => found("*".to_owned(), above.clone()),
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, above, found)),
    }
}

fn joined(above: &Path, name: &syn::Ident) -> Path {
    above.iter().cloned().chain([name.to_string()]).collect()
}

/// Whether something is compiled for unit tests alone.
pub fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let syn::Meta::List(list) = &attribute.meta else { return false };
        list.path.is_ident("cfg") && is_test_condition(&list.tokens)
    })
}

fn is_test_condition(condition: &TokenStream) -> bool {
    let text = condition.to_string().replace(' ', "");
    text == "test" || text.starts_with("all(test,")
}

impl Named {
    /// Adds what these tokens name. What is for unit tests alone is left out.
    pub fn read(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at += match token {
                TokenTree::Group(group) => {
                    self.read(group.stream());
                    1
                }
                TokenTree::Punct(punct) if punct.as_char() == '#' => self.attribute(&tokens[at..]),
                TokenTree::Punct(punct) if punct.as_char() == '.' => {
                    let on = receiver(tokens.get(..at).unwrap_or_default());
                    self.member(&tokens[at..], on)
                }
                TokenTree::Ident(word) if word == "use" => self.import(&tokens[at..]),
                TokenTree::Ident(word) => {
                    if let Some(of) = type_after(&tokens[at + 1..]) {
                        self.typed.entry(word.to_string()).or_default().insert(of);
                    }
                    self.path(&tokens[at..])
                }
                _ => 1,
            };
        }
    }

    /// `#[…]`: perhaps what follows is left out. Paths stand in it as texts too (`with = "crate::json"`).
    fn attribute(&mut self, tokens: &[TokenTree]) -> usize {
        let bracket = if is_punct(tokens.get(1), '!') { 2 } else { 1 };
        let Some(TokenTree::Group(group)) = tokens.get(bracket) else { return 1 };
        let inside: Vec<_> = group.stream().into_iter().collect();
        if let [TokenTree::Ident(name), TokenTree::Group(condition)] = inside.as_slice()
            && name == "cfg"
            && is_test_condition(&condition.stream())
        {
            let ends = |token: &TokenTree| match token {
                TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                TokenTree::Punct(punct) => matches!(punct.as_char(), ';' | ','),
                _ => false,
            };
            let rest = tokens.iter().skip(bracket + 1).position(ends);
            return rest.map_or(tokens.len(), |rest| bracket + 2 + rest);
        }
        self.texts(group.stream());
        bracket + 1
    }

    fn texts(&mut self, attribute: TokenStream) {
        for token in attribute {
            match token {
                TokenTree::Group(group) => self.texts(group.stream()),
                TokenTree::Literal(literal) => {
                    let text = literal.to_string();
                    let segments: Path = text.trim_matches('"').split("::").map(str::to_owned).collect();
                    self.add(segments, literal.span().start().line);
                }
                _ => {}
            }
        }
    }

    /// `.name`: a field or a method, no path.
    fn member(&mut self, tokens: &[TokenTree], on: Option<String>) -> usize {
        let Some(TokenTree::Ident(name)) = tokens.get(1) else { return 1 };
        let called = match tokens.get(2) {
            Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Parenthesis,
            next => is_punct(next, ':') && is_punct(tokens.get(3), ':'),
        };
        if called {
            let line = name.span().start().line;
            self.methods.entry((name.to_string(), on)).or_insert(line);
        }
        2
    }

    /// A `use` inside a function.
    fn import(&mut self, tokens: &[TokenTree]) -> usize {
        let Some(end) = tokens.iter().position(|token| is_punct(Some(token), ';')) else { return 1 };
        let item: TokenStream = tokens[..=end].iter().cloned().collect();
        // `use<'a>` of a type is no import.
        let Ok(item) = syn::parse2::<ItemUse>(item) else { return 1 };
        for import in imports(&item) {
            self.add(import.path, import.line);
        }
        end + 1
    }

    fn path(&mut self, tokens: &[TokenTree]) -> usize {
        let (segments, at) = path(tokens);
        let line = tokens.first().map_or(0, |token| token.span().start().line);
        self.add(segments, line);
        at
    }
    fn add(&mut self, segments: Path, line: usize) {
        if let Some(first) = segments.first() {
            self.words.entry(first.clone()).or_insert(line);
        }
        if segments.len() > 1 {
            self.paths.entry(segments).or_insert(line);
        }
    }
}

fn is_punct(token: Option<&TokenTree>, sign: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
}

/// The path with which tokens begin, and how many they are.
fn path(tokens: &[TokenTree]) -> (Path, usize) {
    let mut segments = Path::new();
    let mut at = 0;
    while let Some(TokenTree::Ident(word)) = tokens.get(at) {
        segments.push(word.to_string());
        at += 1;
        if !(is_punct(tokens.get(at), ':') && is_punct(tokens.get(at + 1), ':')) {
            break;
        }
        at += 2;
    }
    (segments, at)
}

/// The word before a `.`: of `self.ctx.` it is `ctx`.
fn receiver(before: &[TokenTree]) -> Option<String> {
    match before {
        [.., TokenTree::Ident(word)] => Some(word.to_string()),
        _ => None,
    }
}

/// The type in `: &'a mut Type`, and in `: Rc<Type>` too.
fn type_after(tokens: &[TokenTree]) -> Option<Path> {
    let mut rest = match tokens {
        [TokenTree::Punct(colon), rest @ ..] if colon.as_char() == ':' => rest,
        _ => return None,
    };
    loop {
        rest = match rest {
            [TokenTree::Punct(quote), TokenTree::Ident(_), rest @ ..] if quote.as_char() == '\'' => rest,
            [TokenTree::Punct(sign), rest @ ..] if sign.as_char() == '&' => rest,
            [TokenTree::Ident(word), rest @ ..] if word == "mut" => rest,
            [TokenTree::Ident(word), TokenTree::Punct(open), rest @ ..]
                if open.as_char() == '<' && HOLDERS.iter().any(|holder| word == holder) =>
            {
                rest
            }
            _ => break,
        };
    }
    let (segments, _) = path(rest);
    segments.last().is_some_and(|name| name.starts_with(char::is_uppercase)).then_some(segments)
}

/// Whose methods are those of what they hold.
const HOLDERS: [&str; 4] = ["Arc", "Box", "Option", "Rc"];
