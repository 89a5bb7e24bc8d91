import type { Purpose } from './product.js';

/** Namespace of the W3C Data Privacy Vocabulary (DPV). */
export const DPV = 'https://w3id.org/dpv#';

/** DPV's extension for the finance sector. */
const DPV_FINANCE = 'https://w3id.org/dpv/sector/finance#';

/**
 * The DPV term of each purpose, as version 2.3 publishes it. `CreditChecking` lies in the extension for
 * finance since 2.1. DPV has no term for a regulator's own oversight: it is a statutory duty, so its term is
 * the one for those.
 */
export const purposeTerms: Readonly<Record<Purpose, string>> = {
  ResearchAndDevelopment: `${DPV}ResearchAndDevelopment`,
  AcademicResearch: `${DPV}AcademicResearch`,
  CommercialResearch: `${DPV}CommercialResearch`,
  ServiceOptimisation: `${DPV}ServiceOptimisation`,
  OptimisationForController: `${DPV}OptimisationForController`,
  FraudPreventionAndDetection: `${DPV}FraudPreventionAndDetection`,
  Marketing: `${DPV}Marketing`,
  Advertising: `${DPV}Advertising`,
  Personalisation: `${DPV}Personalisation`,
  OrganisationGovernance: `${DPV}OrganisationGovernance`,
  VendorManagement: `${DPV}VendorManagement`,
  CreditChecking: `${DPV_FINANCE}CreditChecking`,
  RegulatoryOversight: `${DPV}LegalCompliance`,
};
