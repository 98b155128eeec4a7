// Review resources: created, answered, never stored.

import { defined } from "../../../values/defined.ts";
import type { Attributes, Authorizer } from "./authorization/authorizer.ts";
import { type Fields, fieldsAt, ownValue, stringAt, stringsAt } from "./objects.ts";
import type { ResourceDefinition } from "./registry/resource.ts";
import { badRequest } from "./status.ts";
import type { UserInfo } from "./user-info.ts";

export interface ReviewContext {
  readonly user: UserInfo;
  readonly namespace: string;
  readonly authorize: Authorizer;
  readonly authenticateToken: (token: string) => UserInfo | undefined;
  readonly now: () => Date;
}

type Answer = (review: Fields, context: ReviewContext) => Fields;

const answers: Readonly<
  Record<string, { readonly kind: string; readonly namespaced?: true; readonly answer: Answer }>
> = {
  "authorization.k8s.io/subjectaccessreviews": { kind: "SubjectAccessReview", answer: subjectAccess },
  "authorization.k8s.io/localsubjectaccessreviews": {
    kind: "LocalSubjectAccessReview",
    namespaced: true,
    answer: (review, context) => {
      if (stringAt(review, "spec", "resourceAttributes", "namespace") !== context.namespace) {
        throw badRequest("spec.resourceAttributes.namespace must match namespace");
      }
      return subjectAccess(review, context);
    },
  },
  "authorization.k8s.io/selfsubjectaccessreviews": {
    kind: "SelfSubjectAccessReview",
    answer: (review, context) => decide(review, context.user, context),
  },
  "authentication.k8s.io/selfsubjectreviews": {
    kind: "SelfSubjectReview",
    answer: (_review, { user }) => ({ userInfo: userFields(user) }),
  },
  "authentication.k8s.io/tokenreviews": { kind: "TokenReview", answer: tokenReview },
};

export const reviewResources: readonly ResourceDefinition[] = Object.entries(answers).map(
  ([path, { kind, namespaced }]) => {
    const [group = "", resource = ""] = path.split("/");
    return {
      group,
      resource,
      version: "v1",
      kind,
      singular: kind.toLowerCase(),
      namespaced: namespaced === true,
      verbs: ["create"],
      names: "path-segment",
      fields: {},
      hasGeneration: false,
      strategy: {},
      subresources: {},
    };
  },
);

export function isReview(group: string, resource: string): boolean {
  return ownValue(answers, `${group}/${resource}`) !== undefined;
}

/** The review with its status filled in. */
export function answerReview(group: string, resource: string, review: Fields, context: ReviewContext): Fields {
  const found = ownValue(answers, `${group}/${resource}`);
  if (found === undefined) throw badRequest(`${resource} is not a review`);
  const status = found.answer(review, context);
  const metadata = { ...fieldsAt(review, "metadata"), creationTimestamp: null };
  return { ...review, kind: found.kind, apiVersion: `${group}/v1`, metadata, status };
}

function subjectAccess(review: Fields, context: ReviewContext): Fields {
  const extra = Object.keys(fieldsAt(review, "spec", "extra") ?? {}).map((key) => [
    key,
    stringsAt(review, "spec", "extra", key),
  ]);
  const uid = stringAt(review, "spec", "uid");
  const user: UserInfo = {
    username: stringAt(review, "spec", "user") ?? "",
    groups: stringsAt(review, "spec", "groups"),
    ...defined({ uid }),
    ...(extra.length === 0 ? {} : { extra: Object.fromEntries(extra) }),
  };
  return decide(review, user, context);
}

function decide(review: Fields, user: UserInfo, { authorize }: ReviewContext): Fields {
  const { allowed, reason } = authorize(attributesOf(review, user));
  return { allowed, ...(reason === "" ? {} : { reason }) };
}

function attributesOf(review: Fields, user: UserInfo): Attributes {
  const resource = fieldsAt(review, "spec", "resourceAttributes");
  const other = fieldsAt(review, "spec", "nonResourceAttributes");
  if (resource === undefined && other === undefined) {
    throw badRequest("exactly one of nonResourceAttributes or resourceAttributes must be specified");
  }
  return {
    user,
    verb: stringAt(resource ?? other, "verb") ?? "",
    path: stringAt(other, "path") ?? "",
    isResourceRequest: resource !== undefined,
    group: stringAt(resource, "group") ?? "",
    version: stringAt(resource, "version") ?? "",
    resource: stringAt(resource, "resource") ?? "",
    subresource: stringAt(resource, "subresource") ?? "",
    namespace: stringAt(resource, "namespace") ?? "",
    name: stringAt(resource, "name") ?? "",
    fieldSelector: [],
  };
}

function tokenReview(review: Fields, context: ReviewContext): Fields {
  const user = context.authenticateToken(stringAt(review, "spec", "token") ?? "");
  return user === undefined ? { user: {} } : { authenticated: true, user: userFields(user) };
}

function userFields({ username, uid, groups, extra }: UserInfo): Fields {
  return {
    username,
    ...defined({ uid }),
    groups,
    ...defined({ extra }),
  };
}
