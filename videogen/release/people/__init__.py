"""People and what they decide: users, roles, log-in, signed decisions, and a log that shows when it was changed.

How the desk (or any program) uses it; every name here is stable:

    from videogen.release.people.people import People

    people = People.of(config)

    # Log in. None: name and password do not fit, or the user is disabled. The desk limits the tries.
    person = people.log_in("ada", "four random words")          # Person: name, roles, authentication, may(action)
    person = people.vouched_for("ada", "proxy", roles=["checker"])   # recognised by a proxy or by OpenID Connect
    person = people.operator()                                  # on the command line: the user's own key

    # The exact state that is decided on. Both publishers have subject(id) and look(id).
    subject = publisher.subject(video_id)                       # videogen.release.people.subject.Subject, .sha256

    # Record a decision: approve, request_changes, hold, lift_hold, comment, … (videogen.release.people.roles.Action).
    # seen: the hash in the form that the person sent; another one means that it was edited meanwhile → InputError.
    people.record(person, "approve", subject, comment="looked at all of it", seen=form["sha256"])

    # All decisions on a subject, first to last, each of them verified.
    for decision in people.decisions(video_id):
        print(decision.at, decision.by, decision.action, decision.comment)

    # What is missing for release: nothing is signed or written.
    from videogen.release.approval.missing import missing_for_release
    for item in missing_for_release(video_id, publisher.look(video_id).gates):
        print(item.gate, item.found, item.remedy)

    # Users and the log, for administrators and auditors.
    people.users.all(), people.users.add("ben", ["checker"], by=person, password="…"), people.log.lines()
    people.log.check()                                          # LogFaults: .faults says where the chain is broken

Errors: NotAllowedError (403), DecisionError (tampered with), InputError (409 or 400), StorageError (disk), each with
problem and remedy. `may(roles, action)` and `WHO_MAY` in `roles.py` are the one table of rights.
"""
