/**
 * One change of the machine that can be undone, or that leaves nothing to undo. It is a value, so that it can be shown
 * before it is made.
 */
export type FixStep =
  | { readonly kind: "start-service"; readonly service: string }
  | { readonly kind: "restart-service"; readonly service: string }
  | { readonly kind: "enable-service"; readonly service: string }
  | { readonly kind: "unmask-service"; readonly service: string }
  | { readonly kind: "set-kernel-parameter"; readonly name: string; readonly value: string }
  | { readonly kind: "turn-swap-off"; readonly device: string }
  /** A file that does not exist yet, or that is replaced. */
  | { readonly kind: "write-file"; readonly path: string; readonly content: string; readonly mode: number }
  /** Takes the permissions beyond `mode` away; content and owner stay. The path is that of a regular file, not of a link. */
  | { readonly kind: "restrict-file"; readonly path: string; readonly mode: number };

/** What `kubeadm doctor --fix` does about a finding. */
export interface DoctorFix {
  /** In the imperative, for the question: "start the kubelet". */
  readonly what: string;
  readonly steps: readonly FixStep[];
}

/** What takes a step back. It names what the fix found and what it left there, so that a later change by others is noticed. */
export type UndoStep =
  | { readonly kind: "stop-service"; readonly service: string }
  | { readonly kind: "disable-service"; readonly service: string }
  | { readonly kind: "mask-service"; readonly service: string }
  | {
      readonly kind: "set-kernel-parameter";
      readonly name: string;
      /** Before the fix. */
      readonly value: string;
      /** What the fix set. */
      readonly written: string;
    }
  /** `priority`: the one that the administrator had set. */
  | { readonly kind: "turn-swap-on"; readonly device: string; readonly priority?: number }
  | { readonly kind: "remove-directory"; readonly path: string }
  | {
      readonly kind: "restore-file";
      readonly path: string;
      /** Undefined if the file did not exist. */
      readonly before?: { readonly content: string; readonly mode: number };
      /** SHA-256 of what the fix wrote, in hexadecimal. */
      readonly written: string;
    }
  | {
      readonly kind: "restore-mode";
      readonly path: string;
      /** The mode before the fix. */
      readonly mode: number;
      /** The mode that the fix gave it. */
      readonly restricted: number;
      /** SHA-256 of the file's content, in hexadecimal. */
      readonly content: string;
    };

/** What became of a step that was to be taken back. */
export interface UndoneStep {
  readonly step: UndoStep;
  /** "left": what the fix has changed is no longer there, or someone has changed it again since. */
  readonly outcome: "undone" | "left";
}
