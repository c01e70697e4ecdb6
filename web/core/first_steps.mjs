// The steps that the first part of the module has; every other one waits for the second (docs/decisions/0082). The build
// cuts the module by this list (web/module/first_part.pl).
export const FIRST_STEPS = new Set(['state', 'begin_registration', 'finish_registration', 'revocation_code']);
