/** Reasons for an allocation: automatic, internal transfer, external transfer. */
export const reasonCodes = ["AUT", "INA", "EXT"] as const;

export type ReasonCode = (typeof reasonCodes)[number];

/** Contact types of an allocation by how it came about, and of a change of responsible officer. */
export const contactTypeCodes = ["EPOMAT", "EPOMIN", "EPOMEX", "ROC"] as const;

export type ContactTypeCode = (typeof contactTypeCodes)[number];

/** `POM1` is the handover start date, `POM2` the handover date. */
export const keyDateTypes = ["POM1", "POM2"] as const;

export type KeyDateType = (typeof keyDateTypes)[number];
