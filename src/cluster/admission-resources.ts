import type { KubernetesObject, ResourceType } from "./cluster.ts";
import { listOfFields, type Shape, textList } from "./shape.ts";

/** The requests for which an admission webhook is called. */
export interface WebhookRule {
  readonly apiGroups?: readonly string[];
  readonly operations?: readonly string[];
  readonly resources?: readonly string[];
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly unknown[];
}

/** Only the fields of a webhook that this program reads have a type. */
export interface AdmissionWebhook {
  readonly name: string;
  /** Fail without it. */
  readonly failurePolicy?: string;
  readonly clientConfig?: {
    readonly url?: string;
    readonly service?: { readonly namespace?: string; readonly name?: string };
  };
  readonly rules?: readonly WebhookRule[];
  readonly namespaceSelector?: LabelSelector;
  readonly objectSelector?: LabelSelector;
  readonly matchConditions?: readonly unknown[];
}

/** A MutatingWebhookConfiguration or ValidatingWebhookConfiguration. */
export interface WebhookConfiguration extends KubernetesObject {
  readonly webhooks?: readonly AdmissionWebhook[];
}

export interface EndpointSlice extends KubernetesObject {
  readonly endpoints?: readonly {
    readonly addresses?: readonly string[];
    readonly conditions?: { readonly ready?: boolean };
  }[];
}

const selector: Shape = { fields: { matchLabels: { mapOf: "text" }, matchExpressions: listOfFields({}) } };

const webhookConfigurations = (plural: string, kind: string): ResourceType<WebhookConfiguration> => ({
  group: "admissionregistration.k8s.io",
  version: "v1",
  plural,
  kind,
  namespaced: false,
  shape: {
    webhooks: listOfFields({
      name: "text",
      failurePolicy: "text",
      clientConfig: { fields: { url: "text", service: { fields: { namespace: "text", name: "text" } } } },
      rules: listOfFields({ apiGroups: textList, operations: textList, resources: textList }),
      namespaceSelector: selector,
      objectSelector: selector,
      matchConditions: listOfFields({}),
    }),
  },
});

export const mutatingWebhookConfigurations = webhookConfigurations(
  "mutatingwebhookconfigurations",
  "MutatingWebhookConfiguration",
);
export const validatingWebhookConfigurations = webhookConfigurations(
  "validatingwebhookconfigurations",
  "ValidatingWebhookConfiguration",
);

export const endpointSlices: ResourceType<EndpointSlice> = {
  group: "discovery.k8s.io",
  version: "v1",
  plural: "endpointslices",
  kind: "EndpointSlice",
  namespaced: true,
  shape: { endpoints: listOfFields({ addresses: textList, conditions: { fields: { ready: "boolean" } } }) },
};
