"""What Databricks' runtimes have, as their documentation lists it: packages that pip should leave as they are."""

# Serverless environment 5, https://docs.databricks.com/aws/en/release-notes/serverless/environment-version/five,
# of what we ask for or what that asks for. Python 3.12.
SERVERLESS_5 = {
    "databricks-sdk": "0.67.0",
    "mlflow-skinny": "3.8.1",
    "numpy": "2.1.3",
    "pandas": "2.2.3",
    "pyarrow": "21.0.0",
    "protobuf": "5.29.4",
    "grpcio": "1.67.0",
    "cryptography": "44.0.1",
    "requests": "2.32.3",
}
RUNTIMES = {"serverless 5": ("3.12", SERVERLESS_5)}
