#pragma once

#include "core/base/result.h"
#include "core/sd_jwt/holder.h"
#include "core/sd_jwt/type_resolver.h"
#include "core/sd_jwt/verifier.h"

namespace mibun::sd_jwt {

// Whether a credential obeys its type: SD-JWT VC, section 5.6. Each path must fit the credential's shape, each
// mandatory claim be there, and each claim be a disclosure of its own or not, as "sd" says. Indexes and null count
// elements that stay closed, too. `type` must have been resolved for this credential.
// Errors: sd_jwt_type_metadata_mismatch (the type of another credential), sd_jwt_type_path_not_applicable,
//         sd_jwt_type_claim_missing, sd_jwt_type_claim_not_disclosable ("always"), sd_jwt_type_claim_disclosable
//         ("never").

// A holder has every disclosure: what is absent was not issued.
Status check_type_rules(const HeldCredential& credential, const ResolvedType& type);
// A verifier does not: a claim counts as missing only where nothing closed could hold it.
Status check_type_rules(const VerifiedSdJwt& credential, const ResolvedType& type);

}  // namespace mibun::sd_jwt
