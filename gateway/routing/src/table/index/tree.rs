//! Path patterns of many routes as a tree of segments.

use std::collections::HashMap;

use super::{Candidates, Fast};
use crate::Route;
use crate::captures::decoded;
use crate::glob::Glob;
use crate::pattern::{PathPattern, Rest, Walk};
use crate::predicate::Predicate;

/// Nodes; the first is the root.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<TreeNode>,
}

/// What may follow a segment, and the routes whose patterns end there, in ascending order.
#[derive(Debug, Default)]
struct TreeNode {
    literals: HashMap<Box<str>, usize, Fast>,
    /// Child for `*` and `{name}`.
    any: Option<usize>,
    globs: Vec<(Glob, usize)>,
    ends: Vec<u32>,
    /// Routes that take everything below as well.
    rests: Vec<u32>,
}

impl Default for Tree {
    fn default() -> Self {
        Self { nodes: vec![TreeNode::default()] }
    }
}

impl Tree {
    /// Adds a route under each pattern of its first Path predicate; one without takes every path.
    /// Positions come in ascending order.
    pub(super) fn insert(&mut self, route: &Route, position: u32) {
        let patterns = route.predicates().iter().find_map(|predicate| {
            if let Predicate::Path { patterns, .. } = predicate { Some(patterns) } else { None }
        });
        let Some(patterns) = patterns else {
            self.put(0, true, position);
            return;
        };
        for pattern in patterns {
            let at = self.place(pattern);
            self.put(at, pattern.rest() != Rest::Nothing, position);
        }
    }

    fn put(&mut self, at: usize, is_rest: bool, position: u32) {
        let Some(node) = self.nodes.get_mut(at) else { return };
        let list = if is_rest { &mut node.rests } else { &mut node.ends };
        // Two patterns of one route may end at the same place.
        if list.last() != Some(&position) {
            list.push(position);
        }
    }

    /// The node of a pattern, made if need be.
    fn place(&mut self, pattern: &PathPattern) -> usize {
        let mut at = 0;
        for segment in pattern.segments() {
            let fresh = self.nodes.len();
            let Some(node) = self.nodes.get_mut(at) else { return 0 };
            let child = match segment {
                Glob::Literal(text) => *node.literals.entry(text.clone()).or_insert(fresh),
                Glob::Any | Glob::Capture(_) => *node.any.get_or_insert(fresh),
                Glob::Regex(_) => match node.globs.iter().find(|(glob, _)| glob.is_same(segment)) {
                    Some((_, child)) => *child,
                    None => {
                        node.globs.push((segment.clone(), fresh));
                        fresh
                    }
                },
            };
            if child == fresh {
                self.nodes.push(TreeNode::default());
            }
            at = child;
        }
        at
    }

    /// All routes whose patterns may match the raw path.
    pub(super) fn collect<'t>(&'t self, path: &str, into: &mut Candidates<'t>) {
        self.visit(0, path, Walk::new(path).next_start, into);
    }

    /// As deep as the deepest pattern, whatever the path.
    fn visit<'t>(&'t self, at: usize, path: &str, next: Option<usize>, into: &mut Candidates<'t>) {
        let Some(node) = self.nodes.get(at) else { return };
        into.push(&node.rests);
        // One slash too many at the end may be forgiven.
        if next.is_none_or(|start| start >= path.len()) {
            into.push(&node.ends);
        }
        let mut walk = Walk { path, next_start: next };
        let Some((_, raw)) = walk.next() else { return };
        if node.literals.is_empty() && node.any.is_none() && node.globs.is_empty() {
            return;
        }
        let text = decoded(raw);
        if let Some(child) = node.literals.get(&*text) {
            self.visit(*child, path, walk.next_start, into);
        }
        // A pattern may be written encoded.
        if *text != *raw
            && let Some(child) = node.literals.get(raw)
        {
            self.visit(*child, path, walk.next_start, into);
        }
        if let Some(child) = node.any {
            self.visit(child, path, walk.next_start, into);
        }
        for (glob, child) in &node.globs {
            if glob.may_match(&text) {
                self.visit(*child, path, walk.next_start, into);
            }
        }
    }
}
