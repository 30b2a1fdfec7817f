//! Relative addresses, so that the pages work below any context path and behind any proxy.

/// Where the pages and the assets are, seen from one request.
///
/// Every address is relative to the page that holds it and begins with `./` or `../`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    root: String,
    dashboard: String,
}

impl Links {
    /// Links for a page requested as `request_path`.
    ///
    /// `dashboard_path` is `eureka.dashboard.path`; `request_path` is the path of the request below
    /// the context path, with its leading slash and as the client wrote it (a trailing slash
    /// changes what a browser resolves against). The bare context path without a slash has to be
    /// redirected before: no relative link can be right for it.
    #[must_use]
    pub fn new(dashboard_path: &str, request_path: &str) -> Self {
        let above = request_path.matches('/').count().saturating_sub(1);
        let root = if above == 0 { "./".to_owned() } else { "../".repeat(above) };
        let dashboard = dashboard_path.trim_matches('/').to_owned();
        Self { root, dashboard }
    }

    /// The first page.
    #[must_use]
    pub fn home(&self) -> String {
        format!("{}{}", self.root, self.dashboard)
    }

    /// The page of recent events.
    #[must_use]
    pub fn last_n(&self) -> String {
        let between = if self.dashboard.is_empty() { "" } else { "/" };
        format!("{}{}{between}lastn", self.root, self.dashboard)
    }

    /// Anything below the context path, e.g. `eureka/apps`.
    #[must_use]
    pub fn below_root(&self, path: &str) -> String {
        format!("{}{path}", self.root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(dashboard_path: &str, request_path: &str) -> [String; 3] {
        let links = Links::new(dashboard_path, request_path);
        [links.home(), links.last_n(), links.below_root("eureka/apps")]
    }

    #[test]
    fn lead_from_the_root_page() {
        assert_eq!(all("/", "/"), ["./", "./lastn", "./eureka/apps"]);
        assert_eq!(all("/", "/lastn"), ["./", "./lastn", "./eureka/apps"]);
        assert_eq!(all("/", "/lastn/"), ["../", "../lastn", "../eureka/apps"]);
    }

    #[test]
    fn lead_from_a_page_at_a_path_of_its_own() {
        assert_eq!(all("/dash", "/dash"), ["./dash", "./dash/lastn", "./eureka/apps"]);
        assert_eq!(all("/dash", "/dash/"), ["../dash", "../dash/lastn", "../eureka/apps"]);
        assert_eq!(all("dash/", "/dash/lastn"), ["../dash", "../dash/lastn", "../eureka/apps"]);
        assert_eq!(all("/a/b", "/a/b"), ["../a/b", "../a/b/lastn", "../eureka/apps"]);
    }
}
