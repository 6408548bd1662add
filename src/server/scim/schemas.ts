/** An attribute as RFC 7643 7 describes it. */
export interface Attribute {
  readonly name: string;
  readonly type: "string" | "boolean" | "complex" | "reference";
  readonly description: string;
  readonly multiValued?: boolean;
  readonly required?: boolean;
  readonly caseExact?: boolean;
  readonly mutability?: "readWrite" | "readOnly" | "immutable";
  readonly returned?: "default" | "always";
  readonly uniqueness?: "none" | "server";
  readonly subAttributes?: readonly Attribute[];
  readonly canonicalValues?: readonly string[];
  readonly referenceTypes?: readonly string[];
}

export interface ScimSchema {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly attributes: readonly Attribute[];
}

export const userUrn = "urn:ietf:params:scim:schemas:core:2.0:User";
export const groupUrn = "urn:ietf:params:scim:schemas:core:2.0:Group";

const text = (name: string, description: string): Attribute => ({ name, type: "string", description });

/** What is kept of a person. What others send beyond it is passed over, as RFC 7644 3.3 allows. */
export const userSchema: ScimSchema = {
  id: userUrn,
  name: "User",
  description: "A person.",
  attributes: [
    { name: "userName", type: "string", description: "Names the person at logging in.", required: true, uniqueness: "server" },
    {
      name: "name",
      type: "complex",
      description: "The parts of the person's name.",
      subAttributes: [
        text("formatted", "The whole name."),
        text("familyName", "The family name."),
        text("givenName", "The given name."),
        text("middleName", "The middle name."),
      ],
    },
    text("displayName", "What people call the person."),
    text("title", "The person's position."),
    text("userType", "How the person belongs to the organisation."),
    text("locale", "The person's place, for dates and numbers."),
    text("timezone", "The person's time zone."),
    { name: "active", type: "boolean", description: "Who is not active is let in nowhere." },
    {
      name: "emails",
      type: "complex",
      description: "The person's addresses for mail.",
      multiValued: true,
      subAttributes: [
        text("value", "The address."),
        { ...text("type", "What it is for."), canonicalValues: ["work", "home", "other"] },
        { name: "primary", type: "boolean", description: "Whether it is the first choice." },
      ],
    },
    {
      name: "groups",
      type: "complex",
      description: "The groups that the person is in.",
      multiValued: true,
      mutability: "readOnly",
      subAttributes: [
        { ...text("value", "The group's id."), mutability: "readOnly", caseExact: true },
        { name: "$ref", type: "reference", description: "The group.", mutability: "readOnly", referenceTypes: ["Group"] },
        { ...text("display", "The group's name."), mutability: "readOnly" },
      ],
    },
  ],
};

export const groupSchema: ScimSchema = {
  id: groupUrn,
  name: "Group",
  description: "A group of people; operators give it a team and roles.",
  attributes: [
    { name: "displayName", type: "string", description: "The group's name.", required: true, uniqueness: "server" },
    {
      name: "members",
      type: "complex",
      description: "Who is in the group.",
      multiValued: true,
      subAttributes: [
        { ...text("value", "The person's id."), mutability: "immutable", caseExact: true },
        { name: "$ref", type: "reference", description: "The person.", mutability: "immutable", referenceTypes: ["User"] },
        { ...text("type", "Always User."), mutability: "immutable", canonicalValues: ["User"] },
      ],
    },
  ],
};

/** What every resource has (RFC 7643 3.1). */
const ordinary: readonly Attribute[] = [
  { name: "schemas", type: "reference", description: "", multiValued: true, returned: "always", mutability: "readOnly", caseExact: true },
  { name: "id", type: "string", description: "", returned: "always", mutability: "readOnly", caseExact: true },
  { name: "externalId", type: "string", description: "", caseExact: true },
  {
    name: "meta",
    type: "complex",
    description: "",
    mutability: "readOnly",
    subAttributes: ["resourceType", "created", "lastModified", "location", "version"].map((name) => ({
      ...text(name, ""),
      caseExact: true,
    })),
  },
];

/** The attribute of this name, whatever the case of its letters. */
export function attributeIn(schema: ScimSchema, name: string): Attribute | undefined {
  return named([...ordinary, ...schema.attributes], name);
}

export function subAttributeIn(attribute: Attribute, name: string): Attribute | undefined {
  return named(attribute.subAttributes ?? [], name);
}

function named(all: readonly Attribute[], name: string): Attribute | undefined {
  const wanted = name.toLowerCase();
  return all.find((each) => each.name.toLowerCase() === wanted);
}

/** The schema as `/Schemas` shows it. */
export function shownSchema(schema: ScimSchema, base: string) {
  return {
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
    id: schema.id,
    name: schema.name,
    description: schema.description,
    attributes: schema.attributes.map(shownAttribute),
    meta: { resourceType: "Schema", location: `${base}/Schemas/${schema.id}` },
  };
}

function shownAttribute(attribute: Attribute): Readonly<Record<string, unknown>> {
  const { subAttributes, ...rest } = attribute;
  return {
    multiValued: false,
    required: false,
    mutability: "readWrite",
    returned: "default",
    ...(attribute.type !== "boolean" && attribute.type !== "complex" && { caseExact: attribute.type === "reference" }),
    ...(attribute.type !== "boolean" && attribute.type !== "complex" && { uniqueness: "none" }),
    ...rest,
    ...(subAttributes && { subAttributes: subAttributes.map(shownAttribute) }),
  };
}
