import { admitApproval, admitSigning, admitSubject } from "./certificates.ts";
import { admitNamespace } from "./namespace-lifecycle.ts";
import { admitNodeWrite } from "./node-restriction.ts";
import type { Admission, AdmissionContext } from "./write.ts";

/** Throws a StatusError if an admission plugin of kubeadm's API server refuses the write. */
export function admit(write: Admission, context: AdmissionContext): void {
  admitNamespace(write, context);
  admitNodeWrite(write, context);
  admitApproval(write, context);
  admitSigning(write, context);
  admitSubject(write);
}
