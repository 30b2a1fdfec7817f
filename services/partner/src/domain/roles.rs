//! What a partner is to us: customer, supplier, or both.

use erp_values::{Faults, closed_list};

closed_list! {
    /// What a partner is to us.
    Role {
        Customer = 1, "CUSTOMER", "Buys from us.";
        Supplier = 2, "SUPPLIER", "Sells to us.";
    }
}

/// Roles of a partner, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles {
    customer: bool,
    supplier: bool,
}

impl Roles {
    /// These roles; `None` without any.
    #[must_use]
    pub const fn new(customer: bool, supplier: bool) -> Option<Self> {
        if customer || supplier { Some(Self { customer, supplier }) } else { None }
    }

    /// Reads names; one given twice counts once. Nothing is an empty list.
    pub fn read(faults: &mut Faults, names: Option<&[String]>) -> Option<Self> {
        let (mut customer, mut supplier) = (false, false);
        for (at, name) in names.unwrap_or_default().iter().enumerate() {
            match faults.named(&format!("roles[{at}]"), Some(name), Role::named)? {
                Role::Customer => customer = true,
                Role::Supplier => supplier = true,
            }
        }
        let roles = Self::new(customer, supplier);
        if roles.is_none() {
            faults.add("roles", "REQUIRED", "must have at least one role");
        }
        roles
    }

    /// Whether it has `role`.
    #[must_use]
    pub const fn has(self, role: Role) -> bool {
        match role {
            Role::Customer => self.customer,
            Role::Supplier => self.supplier,
        }
    }

    /// Its roles, in the order of the list.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.iter().copied().filter(move |role| self.has(*role))
    }

    /// Whether it lacks a role that `before` had.
    #[must_use]
    pub fn lacks_one_of(self, before: Self) -> bool {
        before.iter().any(|role| !self.has(role))
    }

    /// Letter of the series that codes of such partners come from: who is a customer too counts as
    /// one.
    #[must_use]
    pub const fn series(self) -> &'static str {
        if self.customer { "C" } else { "S" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(names: &[&str]) -> Result<Vec<&'static str>, (String, &'static str)> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut faults = Faults::default();
        match Roles::read(&mut faults, Some(&names)) {
            Some(roles) => Ok(roles.iter().map(Role::name).collect()),
            None => Err((faults.0[0].field.clone(), faults.0[0].code)),
        }
    }

    #[test]
    fn roles_are_a_set_of_at_least_one() {
        assert_eq!(read(&["SUPPLIER", "CUSTOMER", "SUPPLIER"]), Ok(vec!["CUSTOMER", "SUPPLIER"]));
        assert_eq!(read(&[]), Err(("roles".to_owned(), "REQUIRED")));
        assert_eq!(read(&["CUSTOMER", "BANK"]), Err(("roles[1]".to_owned(), "INVALID_VALUE")));
    }

    #[test]
    fn a_role_that_goes_is_noticed_and_one_that_comes_is_not() {
        let [customer, supplier, both] =
            [(true, false), (false, true), (true, true)].map(|(c, s)| Roles::new(c, s).unwrap());
        assert!(customer.lacks_one_of(both) && customer.lacks_one_of(supplier));
        assert!(!both.lacks_one_of(customer) && !both.lacks_one_of(both));
        assert_eq!([customer, supplier, both].map(Roles::series), ["C", "S", "C"]);
    }
}
