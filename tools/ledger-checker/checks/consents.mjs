/** Consents: at every authorisation, at every share, and for what is made public. */
export function consentChecks() {
  return [
    {
      name: 'consent at authorisation',
      claim: 'Every contributor of every cohort allowed exactly that use when it was authorised.',
      after({ of, now }, world) {
        return of('query')
          .filter(({ value, before }) => value?.plan !== undefined && before?.plan === undefined)
          .flatMap(({ value }) => authorisationProblems(value, now, world));
      },
    },
    {
      name: 'consent at release',
      claim:
        'No share was recorded after a consent or a contribution of the cohort had been withdrawn.',
      before({ of }, world) {
        return of('share')
          .filter(({ value }) => value !== undefined)
          .flatMap(({ parts: [queryId] }) => standingProblems(world.get('query', queryId), world));
      },
    },
    {
      name: 'publication',
      claim:
        'Results are public only when every consent of the cohort lets them be, and after their release.',
      before({ of }, world) {
        return of('publishedGroup')
          .filter(({ value }) => value !== undefined)
          .flatMap(({ value }) => publicationProblems(value, world));
      },
    },
  ];
}

/** The contributions of a plan with the consents that they rest on, as they are now. */
function cohortOf({ queryId, plan }, world) {
  return world.list('queryCohort', queryId).map((row) => ({
    ...row,
    contribution: world.get(
      'contribution',
      plan.productId,
      plan.epoch,
      row.contributorId,
      row.contributionId,
    ),
    consent: world.get('consent', plan.productId, row.contributorId, row.consentId),
  }));
}

function authorisationProblems(query, now, world) {
  const { request, plan, analystId } = query;
  const cohort = cohortOf(query, world);
  const named = cohort.map(({ contributionId }) => contributionId).sort();
  const roles = world.get('member', analystId)?.roles ?? [];
  const recipients = [`member:${analystId}`, ...roles.map((role) => `role:${role}`)];
  return [
    ...(named.join() === [...plan.cohort].sort().join()
      ? []
      : ['The cohort is not that of the plan.']),
    ...cohort.flatMap(({ consent, contribution, contributionId }) => {
      if (consent === undefined) return [`${contributionId} rests on no consent.`];
      return [
        [contribution?.status === 'stored', 'its contribution is not stored'],
        [
          contribution?.consentId === consent.consentId,
          'its contribution rests on another consent',
        ],
        [consent.status === 'active', 'it is not active'],
        [consent.productVersion === plan.productVersion, 'it is for another version'],
        [consent.purposes.includes(request.purpose), `it does not allow ${request.purpose}`],
        [consent.functions.includes(request.function), `it does not allow ${request.function}`],
        [
          consent.recipients.some((one) => recipients.includes(one)),
          `it does not allow ${analystId}`,
        ],
        [consent.notBefore <= now && now <= consent.notAfter, 'it is outside its dates'],
        [
          request.release === 'noisy' || consent.release === 'exact',
          'it allows noisy release only',
        ],
      ]
        .filter(([holds]) => !holds)
        .map(([, what]) => `Consent ${consent.consentId}: ${what}.`);
    }),
  ];
}

function standingProblems(query, world) {
  if (query?.plan === undefined) return ['A share is recorded for a query without a plan.'];
  return cohortOf(query, world)
    .filter(
      ({ consent, contribution }) =>
        consent?.status !== 'active' || contribution?.status !== 'stored',
    )
    .map(
      ({ contributionId }) =>
        `A share of ${query.queryId} was recorded although ${contributionId} had gone.`,
    );
}

function publicationProblems({ queryId, finalHash }, world) {
  const query = world.get('query', queryId);
  if (!['released', 'settled'].includes(query?.status))
    return [`${queryId} is public, but was not released.`];
  const isFinal = world.list('share', queryId).some((share) => share.finalHash === finalHash);
  return [
    ...(isFinal ? [] : [`${queryId} is public with a final block that no keyholder recorded.`]),
    ...cohortOf(query, world)
      .filter(({ consent }) => consent?.publication !== true)
      .map(({ consentId }) => `${queryId} is public, and consent ${consentId} does not let it be.`),
  ];
}
