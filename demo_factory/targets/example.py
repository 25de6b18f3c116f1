"""The file of targets that a user starts from: commented, and right as it stands."""

EXAMPLE = """\
# Where demos may stand besides this machine. Check it with: demo-factory targets
# No token and no password stands here: only the names of the variables that hold them.
targets:
  dev:
    host: https://adb-1111111111111111.1.azuredatabricks.net # the workspace, nothing behind it
    auth: {profile: dev} # of ~/.databrickscfg; without auth the environment's DATABRICKS_* variables count
    compute: {serverless: {}} # the simplest: nothing to start, nothing to size
    warehouse: demo-warehouse # a SQL warehouse by name or id
    principals: {analysts: retail-analysts-dev} # the blueprint's name: the name in this workspace
    notify: [data-team@example.com] # who hears of failed jobs

  staging:
    host: https://adb-2222222222222222.2.azuredatabricks.net
    auth:
      service_principal:
        client_id: 22222222-2222-2222-2222-222222222222 # its application id
        secret_env: STAGING_CLIENT_SECRET # the NAME of the variable with its OAuth secret
    compute:
      cluster: # classic compute, one new cluster a run
        spark_version: 17.3.x-scala2.13
        node_type: Standard_DS3_v2
        autoscale: {min: 1, max: 4} # or workers: 2
        single_user: 22222222-2222-2222-2222-222222222222 # who runs on it: a principal's application id
    warehouse: '2222222222222222' # an id stands in quotes: it is text
    allow: {create_groups: false, create_service_principals: false} # these have to be there already
    budget_tag: demos-staging # on all compute

  prod: # named prod (or with `production: true`): destroy is off unless allowed here
    host: https://adb-3333333333333333.3.azuredatabricks.net
    env: prod # fills {env} in prod_retail_demo; default: the target's name
    compute: {serverless: {environment_version: '4'}}
    warehouse: demo-warehouse
    storage_root: abfss://demos@example.dfs.core.windows.net/prod # default: the metastore's own
    allow: {create_catalog: false, create_groups: false, create_service_principals: false}
    prices: {JOBS_SERVERLESS_COMPUTE: 0.45, SERVERLESS_SQL_COMPUTE: 0.70} # per DBU, for the estimate of `plan`
    currency: USD
    notify: [data-team@example.com]
"""
