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

#[test]
fn only_what_is_empty_is_deleted() {
    assert_eq!(may_delete_organisation(0), Ok(()));
    assert_eq!(
        may_delete_organisation(1),
        Err(OrganisationRefusal::HasProjects(1))
    );
    assert_eq!(may_delete_project(0, 0), Ok(()));
    for (agents, services) in [(1, 0), (0, 1), (3, 2)] {
        let refusal = ProjectRefusal::InUse { agents, services };
        assert_eq!(may_delete_project(agents, services), Err(refusal));
    }
}
