// How certificates and tokens name a role: what `rondo certs` writes and a coordinator reads.

export const roles = ['worker', 'viewer', 'submitter', 'admin'] as const;
export type Role = (typeof roles)[number];

/** In a certificate: its organization (O), as in O=rondo:submitter. */
export const organizationOf = (role: Role): string => `rondo:${role}`;

/** In a token, JSON Web Token: its claim `role`, and this one as `aud`, since a token of another service's is none of ours. */
export const tokenAudience = 'rondo';
