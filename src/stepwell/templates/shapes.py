"""The API's shape of templates, steps, fields and rules: each written once, as a select list.

Every list wants its alias (`template`, `step`, `field`, `rule`) and the parameter `organization_id`; a template
also `user_id`.
"""

from __future__ import annotations

from collections.abc import Collection

from psycopg import sql

FIELD = sql.SQL("""
    hex(field.id) AS id, hex(field.step_id) AS step_id, hex(field.template_id) AS checklist_id, field.alias,
    field.field_type, field.label, field.guidance, field.required, field.position, field.options, field.columns,
    field.field_validation, field.default_value, field.default_value_enabled, field.collect_time,
    field.use_wysiwyg_editor, field.prefix, field.suffix, field.settings, field.list, field.custom_fields,
    utc_ms(field.created_at) AS created_at, utc_ms(field.updated_at) AS last_updated, NULL AS archived_at
""")

KICKOFF_FIELDS = sql.SQL("""
    (SELECT coalesce(json_agg(to_json(kickoff) ORDER BY kickoff.position, kickoff.id), '[]')
       FROM (SELECT {field} FROM template_fields field
              WHERE field.organization_id = %(organization_id)s AND field.template_id = template.id
                AND field.step_id IS NULL) kickoff)
""").format(field=FIELD)

STEP = sql.SQL("""
    hex(step.id) AS id, hex(step.template_id) AS checklist_id, step.title, step.alias, step.summary, step.step_type,
    step.position, hex(step.stage_id) AS stage_id, step.max_assignable, step.allow_guest_owners,
    step.skip_start_process, step.can_complete_only_assignees, step.everyone_must_complete,
    step.prevent_guest_comment, step.is_soft_start_date, step.start_date, step.deadline,
    step.role_changes_every_time, hexes(step.roles) AS roles, step.assign_run_starter, step.top_secret,
    step.send_chromeless, step.webhook, step.bp_to_launch, NULL::bigint AS owner_id, step.assignees, step.guests,
    hexes(step.groups) AS groups,
    (SELECT coalesce(json_agg(to_json(capture) ORDER BY capture.position, capture.id), '[]')
       FROM (SELECT {field} FROM template_fields field
              WHERE field.organization_id = %(organization_id)s AND field.template_id = step.template_id
                AND field.step_id = step.id) capture) AS captures,
    step.hide_by_default, step.ask_guest_at_launch, step.ai_assigned, step.ai_allowed_app_keys,
    step.ai_on_uncertainty, step.custom_fields, utc_ms(step.created_at) AS created_at,
    utc_ms(step.updated_at) AS last_updated, NULL AS archived_at
""").format(field=FIELD)

# A version also says which tags a step's task gets.
STEP_IN_VERSION = sql.SQL("""
    {step}, ARRAY(SELECT hex(tagged.tag_id) FROM tag_associations tagged
                   WHERE tagged.organization_id = %(organization_id)s AND tagged.subject_id = step.id
                   ORDER BY tagged.id) AS tags
""").format(step=STEP)

ALL_STEPS = """
    (SELECT coalesce(json_agg(to_json(one) ORDER BY one.position), '[]')
       FROM (SELECT {step} FROM template_steps step
              WHERE step.organization_id = %(organization_id)s AND step.template_id = template.id) one)
"""
STEPS = sql.SQL(ALL_STEPS).format(step=STEP)

RULE = sql.SQL("""
    hex(rule.id) AS id, rule.name AS automated_alias, rule.position, rule.conditions, rule.actions AS then_actions,
    utc_ms(rule.created_at) AS created_at, utc_ms(rule.updated_at) AS last_updated, NULL AS archived_at
""")

RULES = sql.SQL("""
    (SELECT coalesce(json_agg(to_json(one) ORDER BY one.position, one.id), '[]')
       FROM (SELECT {rule} FROM template_rules rule
              WHERE rule.organization_id = %(organization_id)s AND rule.template_id = template.id) one)
""").format(rule=RULE)

STAGE = sql.SQL("""
    hex(stage.id) AS id, hex(stage.template_id) AS checklist_id, stage.name, stage.position,
    (SELECT count(*) FROM template_steps step
      WHERE step.organization_id = %(organization_id)s AND step.template_id = stage.template_id
        AND step.stage_id = stage.id) AS steps_count,
    NULL AS condition, utc_ms(stage.created_at) AS created_at, utc_ms(stage.updated_at) AS last_updated
""")

STAGES = sql.SQL("""
    (SELECT coalesce(json_agg(to_json(one) ORDER BY one.position), '[]')
       FROM (SELECT {stage} FROM template_stages stage
              WHERE stage.organization_id = %(organization_id)s AND stage.template_id = template.id) one)
""").format(stage=STAGE)

PERMISSIONS = sql.SQL("""
    (SELECT json_agg(json_build_object('id', number, 'permission', name, 'everyone', coalesce(granted.everyone, false),
                'users', coalesce(granted.users, '{{}}'), 'groups', hexes(coalesce(granted.groups, '{{}}')))
                ORDER BY number)
       FROM (VALUES (1, 'CHECKLIST_READ'), (2, 'CHECKLIST_EDIT'), (3, 'PROCESS_LAUNCH'), (4, 'CHECKLIST_DUPLICATE'),
                    (5, 'PROCESS_READ')) known (number, name)
       LEFT JOIN template_permissions granted
              ON granted.organization_id = %(organization_id)s AND granted.template_id = template.id
                 AND granted.permission = known.name)
""").format()

TEMPLATE = sql.SQL("""
    hex(template.id) AS id, template.number AS increment_id, template.version, template.title, template.summary,
    EXISTS (SELECT FROM stars star WHERE star.organization_id = %(organization_id)s
               AND star.person_id = %(user_id)s AND star.subject_id = template.id) AS starred,
    template.webhook, template.explanation_video, template.guidance, template.icon, template.alias,
    hex(template.folder_id) AS folder_id, {kickoff_fields} AS prerun, {rules} AS automated_actions,
    template.created_by, template.owner_id, template.kickoff_title, template.kickoff_description,
    total(%(organization_id)s, 'launches', hex(template.id)) AS started_processes,
    (SELECT count(*) FROM template_steps step
      WHERE step.organization_id = %(organization_id)s AND step.template_id = template.id) AS steps_count,
    utc_ms(template.created_at) AS created_at, utc_ms(template.updated_at) AS last_updated,
    template.updated_by AS last_updated_by, utc_ms(template.archived_at) AS archived_at, template.is_public,
    template.is_featured, template.public_cover, template.industry_tags, template.topic_tags, template.type,
    template.readiness AS status, template.is_public_kickoff, template.kickoff_sharing_user_id,
    template.default_process_name_format, template.auto_naming, template.allow_launcher_change_name,
    template.folderize_process, template.tag_process, hex(template.default_folder) AS default_folder,
    template.folder_changeable_by_launcher, template.dual_version_enabled, template.is_published_state,
    template.replace_state_conditionally, template.is_pinned,
    hex(template.ko_form_blueprint_id) AS ko_form_blueprint_id, template.can_add_oot, template.users,
    hexes(template.groups) AS groups, template.custom_fields, template.privacy, template.settings,
    template.contributors
""").format(kickoff_fields=KICKOFF_FIELDS, rules=RULES)

DEFINITION = sql.SQL("""
    SELECT to_jsonb(definition) FROM (
        SELECT hex(template.id) AS id, template.title, template.summary, template.type, template.guidance,
               template.alias, template.kickoff_title, template.kickoff_description, template.webhook,
               template.default_process_name_format, template.auto_naming, template.allow_launcher_change_name,
               template.can_add_oot, {kickoff_fields} AS prerun, {steps} AS steps, {rules} AS automated_actions,
               {stages} AS stages, template.custom_fields
          FROM templates template
         WHERE template.organization_id = %(organization_id)s AND template.id = %(template_id)s) definition
""").format(
    kickoff_fields=KICKOFF_FIELDS,
    steps=sql.SQL(ALL_STEPS).format(step=STEP_IN_VERSION),
    rules=RULES,
    stages=STAGES,
)

INCLUDES: dict[str, sql.Composable] = {
    "steps": sql.SQL("json_build_object('data', {})").format(STEPS),
    "stages": sql.SQL("json_build_object('data', {})").format(STAGES),
    "permissions": sql.SQL("json_build_object('data', {})").format(PERMISSIONS),
}
"""What `with=` can add to a template; a feature that has more to add puts it here."""


def template_columns(includes: Collection[str] = ()) -> sql.Composed:
    """The select list of a template with the includes asked for; unknown names are ignored."""
    wanted = [
        sql.SQL("{} AS {}").format(INCLUDES[name], sql.Identifier(name))
        for name in sorted(includes)
        if name in INCLUDES
    ]
    return sql.SQL(", ").join([TEMPLATE, *wanted])
