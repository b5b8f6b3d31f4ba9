use super::*;

#[test]
fn the_limits_hold_at_their_edges() {
    assert_eq!(may_add_organisation(99), Ok(()));
    assert_eq!(may_add_organisation(100), Err(OrganisationRefusal::TooMany));
    assert_eq!(may_add_project(99, 999), Ok(()));
    assert_eq!(
        may_add_project(100, 100),
        Err(ProjectRefusal::TooManyInOrganisation)
    );
    assert_eq!(may_add_project(0, 1000), Err(ProjectRefusal::TooMany));
}
