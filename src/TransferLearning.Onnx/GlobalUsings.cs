global using System.Globalization;
global using System.Runtime.InteropServices;
global using Google.Protobuf;
global using Onnx;
global using TorchSharp;
global using static TorchSharp.torch;
