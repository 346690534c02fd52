"""Draws house.svg: the folders of src/TransferLearning as the rooms of a house. Run it after a change: python3 docs/house.py"""
import os
from xml.sax.saxutils import escape

LEFT, RIGHT, FLOOR, ROOF, PACKAGES = 30, 770, 96, 150, 112
WIDTH = 980

# From the roof down; a room is (number, folder, its job, what it hands on).
FLOORS = [
    ("what is done", "#f6e3d3", [
        (16, "Features", "a frozen backbone, once", "FeatureSet"),
        (17, "Evaluation", "the one loop, predictions", "EvaluationResult"),
        (18, "Training", "loop, methods, recipes", "TrainingHistory"),
        (19, "Saving", "one description", "files, folders")]),
    ("what is learned", "#f4ecd0", [
        (12, "Metrics", "how good outputs are", "TaskReport, Score"),
        (13, "Losses", "how wrong outputs are", "LossFunction"),
        (14, "Tasks", "head, targets, loss, metric", "LearningTask"),
        (15, "Optimizers", "how weights change", "OptimizerState")]),
    ("what computes", "#e0ecd6", [
        (9, "Weights", "find, download, verify", "WeightEntry"),
        (10, "Models", "backbone and head", "Network, ForwardPass"),
        (11, "Generation", "beams, sampling, streams", "GeneratedText")]),
    ("what enters a network", "#d6e9ea", [
        (6, "Inputs", "tensors of a modality", "ModelInput"),
        (7, "Preprocessing", "sample to example", "Preprocessor, Example"),
        (8, "Loading", "shuffle, prefetch, pad, stack", "Batch")]),
    ("what is read", "#dbe3f3", [
        (4, "Media", "decode one image, one sound", "ImagePixels, Waveform"),
        (5, "Datasets", "samples, targets, class names", "Dataset, Sample, Target")]),
    ("what it stands on", "#e4dff0", [
        (1, "Runtime", "LibTorch, devices, seeds", "Device"),
        (2, "Archives", "files by position, zip", "entries"),
        (3, "Checkpoints", "bytes to named tensors", "StateDict")]),
]

# What rises from one floor to the next, from the roof down.
RISING = ["results", "StepLoss, TaskReport", "outputs", "Batch", "Sample", "bytes, tensors"]

# Add-ons and the door by which each comes in.
BESIDE = [
    [("Keras", "StateDict"), ("Onnx", "StateDict, Network"), ("ImageSharp", "IImageCodec"), ("Parquet", "ScoreWriter"),
     ("Mpi", "ICollective"), ("Wikipedia", "texts")],
    [("Reports", "results"), ("MLNet", "Dataset, verbs"), ("Extensions.AI", "Embed"), ("Hosting", "Load, Predict"),
     ("Cli", "the sentence"), ("your own", "extending.md")],
]

def text(x, y, words, size=13, weight="normal", anchor="middle", fill="#222", family="system-ui, Segoe UI, Helvetica, Arial, sans-serif"):
    return (f'<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" fill="{fill}" '
            f'font-family="{family}">{escape(words)}</text>')


def main():
    height = ROOF + FLOOR * len(FLOORS) + 60 + PACKAGES
    middle = (LEFT + RIGHT) / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="The folders of the library as rooms of a house">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<polygon points="{LEFT - 20},{ROOF} {middle},12 {RIGHT + 20},{ROOF}" fill="#e9c9b6" stroke="#555"/>',
        text(middle, 66, "model", 17, "bold"),
        text(middle, 90, "= preprocessor + network + task", 15, "bold"),
        text(middle, 114, "Pretrained · ImageModel · TextModel · SpeechModel", 13, family="ui-monospace, Consolas, monospace"),
        text(middle, 138, "ReplaceHead · FreezeBackbone · Probe · FineTune · Evaluate · Predict · Save", 11, family="ui-monospace, Consolas, monospace"),
    ]
    for index, (floor, color, rooms) in enumerate(FLOORS):
        top = ROOF + FLOOR * index
        each = (RIGHT - LEFT) / len(rooms)
        for room, (number, name, job, gives) in enumerate(rooms):
            x = LEFT + each * room
            parts.append(f'<rect x="{x:.1f}" y="{top}" width="{each:.1f}" height="{FLOOR}" fill="{color}" stroke="#555"/>')
            parts.append(text(x + 8, top + 18, str(number), 11, anchor="start", fill="#666"))
            center = x + each / 2
            parts.append(text(center, top + 32, name, 16, "bold"))
            parts.append(text(center, top + 55, job, 13))
            parts.append(text(center, top + 78, gives, 12, fill="#444", family="ui-monospace, Consolas, monospace"))
        parts.append(text(RIGHT + 18, top + FLOOR / 2 + 8, floor, 13, anchor="start", fill="#555"))
        y = top + 13
        parts.append(f'<path d="M{RIGHT + 34},{y} v-22 m-5,8 l5,-9 l5,9" fill="none" stroke="#b4552d" stroke-width="2"/>')
        parts.append(text(RIGHT + 48, top + 4, RISING[index], 12, anchor="start", fill="#b4552d"))
    ground = ROOF + FLOOR * len(FLOORS)
    parts.append(f'<line x1="10" y1="{ground}" x2="{RIGHT + 20}" y2="{ground}" stroke="#555" stroke-width="3"/>')
    parts.append(text(WIDTH / 2, ground + 24, "A room uses only rooms with smaller numbers; the roof uses all; 20 Explanations, 21 Selection and 22 Combining use the roof, as programs do.", 12, fill="#444"))
    parts.append(text(middle, ground + 44, "Data rises: the red words are what one floor hands to the next.", 13, fill="#444"))
    top = ground + 62
    parts.append(text(middle, top + 12, "Packages beside the house, each through a public door", 13, "bold"))
    each = (RIGHT - LEFT) / len(BESIDE[0])
    for row, packages in enumerate(BESIDE):
        for place, (name, door) in enumerate(packages):
            x = LEFT + each * place
            y = top + 22 + 40 * row
            parts.append(f'<rect x="{x + 2:.1f}" y="{y}" width="{each - 4:.1f}" height="36" fill="#f4f4f4" stroke="#999" stroke-dasharray="4 3"/>')
            parts.append(text(x + each / 2, y + 15, name, 12, "bold"))
            parts.append(text(x + each / 2, y + 30, door, 11, fill="#444"))
    parts.append("</svg>")
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "house.svg"), "w", encoding="utf-8") as file:
        file.write("\n".join(parts) + "\n")


main()
