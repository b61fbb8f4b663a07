"""The functions of the benchmark as a plain Flask application, for gunicorn."""
import json

from flask import Flask, Response, request

app = Flask(__name__)


@app.post("/add")
def add():
    kwargs = request.get_json()["kwargs"]
    return Response(json.dumps(kwargs["x"] + kwargs["y"]), mimetype="application/json")
